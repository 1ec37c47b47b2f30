"""Good files with some bytes changed, left out or repeated: taken as plain arrays, or refused with a code."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hostile_weights import legacy, packed_again, saved
from safetensors.torch import save

from cnnlab.engine.weight_files import WeightFileError, reader, reading

NUMBERS = {"fc.weight": torch.arange(40.0).reshape(4, 10), "fc.bias": torch.ones(3).half(), "n": torch.tensor(3)}
KINDS = ("safetensors", "zip", "pickle in a zip", "pickle")


def mutant(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _time in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(data)), chance.randint(1, 30)
        match chance.randrange(4):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at] = chance.randrange(256)
            case 2 if len(data) > length:
                del data[at : at + length]
            case _:
                data[at:at] = data[chance.randrange(len(data)) :][:length]
    return bytes(data)


def one(kind: str, chance: random.Random) -> bytes:
    if kind == "safetensors":
        return mutant(save(NUMBERS), chance)
    if kind == "pickle":
        return mutant(legacy(NUMBERS), chance)
    whole = saved(NUMBERS)
    if kind == "zip":
        return mutant(whole, chance)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("data.pkl"))
        return packed_again(whole, zipfile.ZIP_STORED, data_pkl=mutant(archive.read(name), chance))


def check(kind: str, content: bytes, path: Path) -> None:
    try:
        if kind == "safetensors":
            arrays, _metadata = reading.decode(content, path)
        else:
            path.write_bytes(content)
            tensors, _told = reader.converted(str(path), 10**6)
            arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    except (reader.Refused, WeightFileError):
        return
    for array in arrays.values():
        assert array.dtype in (np.float32, np.int64)
        assert array.nbytes <= 8 * len(content)


@pytest.mark.filterwarnings("ignore")  # what torch says of damaged files is not the subject
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_comes_of_a_damaged_file(kind: str, tmp_path: Path) -> None:
    chance = random.Random(kind)
    for _time in range(300):
        check(kind, one(kind, chance), tmp_path / "weights.pth")


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_comes_of_thousands(kind: str, tmp_path: Path) -> None:
    chance = random.Random(f"many of {kind}")
    for _time in range(5_000):
        check(kind, one(kind, chance), tmp_path / "weights.pth")
