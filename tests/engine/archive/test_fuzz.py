"""Good files with something changed at random: refused in words, or opened as a project that saves and opens again."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.core import templates
from cnnlab.core.graph.graph import Node, Wire
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.values import Frozen, frozen
from cnnlab.engine.archive import ProjectError, open_project, save, schema, strict_json
from cnnlab.engine.archive.disk import Disk
from cnnlab.engine.network import weights

Forge = Callable[..., bytes]

HOSTILE_VALUES = [
    None, True, False, 0, 1, -1, 3, 10**6, 2**31 - 1, 2**31, -(10**30), 0.0, -0.0, 0.5, 1e300, "", "conv1", "a.b", "../x", "same",
    "zeros", "\x00", "é", "x" * 5000, [], [1], [1, 2], [[]], [-1, 0], {}, {"a": 1}, "torch.nn.Conv2d", "Odd", 2.0,
]  # fmt: skip


HASTY = Disk(fsync=lambda file: None, sync_folder=lambda folder: None)
"""Does not wait for the disk; nobody will pull the plug of this test."""


def start() -> Project:
    """LeNet-5 made small, with weights, and with a layer that nobody knows."""
    project = templates.BY_KEY["lenet5"].build()
    for uid, setting in {"c1": {"out_channels": 2}, "c3": {"out_channels": 2}, "c5": {"out_channels": 3}}.items():
        project = changes.set_params(project, uid, **setting)
    project = changes.add_layer(
        changes.set_params(project, "f6", out_features=4), "batchnorm2d", (0.0, 0.0), uid="norm"
    )
    project = changes.insert_on_wire(project, Wire("tanh1", "s2"), "norm")
    nodes = {
        uid: Frozen(
            {
                name: np.ones(shape, np.int64 if name == "num_batches_tracked" else np.float32)
                for name, shape in shapes.items()
            }
        )
        for uid, shapes in weights.tensor_shapes(project.graph).items()
    }
    odd = Node("odd", "block.odd", "DeformConv", frozen({"a": [1, {"b": [True, None]}]}), 3)  # type: ignore[arg-type]
    return replace(project, graph=project.graph.add(odd), weights=Weights(5, Frozen(nodes)))


def spoilt_bytes(data: bytes, chance: random.Random) -> bytes:
    """A bit flipped, a part cut out, doubled, or overwritten, up to three times."""
    spoilt = bytearray(data)
    for _time in range(chance.randint(1, 3)):
        here, there = sorted(chance.choices(range(len(spoilt) + 1), k=2))
        there = min(there, here + chance.choice([1, 4, 64, 10**6]))
        match chance.randrange(5):
            case 0 if here < len(spoilt):
                spoilt[here] ^= 1 << chance.randrange(8)
            case 1:
                del spoilt[here:there]
            case 2:
                spoilt[here:here] = spoilt[here:there]
            case 3:
                spoilt[here:there] = chance.randbytes(there - here)
            case 4:
                del spoilt[here:]
    return bytes(spoilt)


def spoilt_document(document: Any, chance: random.Random) -> Any:
    """One to three values anywhere in it replaced, removed, doubled or renamed."""
    document = json.loads(json.dumps(document))
    for _time in range(chance.randint(1, 3)):
        holder, key = chance.choice(list(places(document)))
        match chance.randrange(5):
            case 0 | 1:
                holder[key] = chance.choice(HOSTILE_VALUES)
            case 2:
                del holder[key]
            case 3 if isinstance(holder, list):
                holder.insert(key, holder[key])
            case 3:
                holder[chance.choice(["x", "uid", "conv1", ""])] = holder[key]
            case 4:
                other, other_key = chance.choice(list(places(document)))
                holder[key], other[other_key] = other[other_key], holder[key]
        try:
            json.dumps(document)
        except ValueError:  # an exchange of a part with its whole made a circle
            return []
        if not document:
            break
    return document


def places(value: Any) -> Any:
    """Every (holder, key) inside ``value``."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from places(item)


def fuzz(count: int, seed: int, forge: Forge, folder: Path) -> dict[str, int]:
    """Try ``count`` files; return how often each code came, and how often a file opened."""
    chance = random.Random(seed)
    path, again = folder / "net.cnnlab", folder / "again.cnnlab"
    save(start(), path)
    good = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        document = json.loads(archive.read("project.json"))
        numbers = archive.read("weights/current.safetensors")
    outcomes: dict[str, int] = {}
    for number in range(count):
        match number % 4:
            case 0:
                data = spoilt_bytes(good, chance)
            case 1:
                data = forge(spoilt_bytes(json.dumps(document).encode(), chance), weights=numbers)
            case 2:
                data = forge(document, weights=spoilt_bytes(numbers, chance))
            case _:
                data = forge(spoilt_document(document, chance), weights=numbers)
        path.write_bytes(data)
        began = time.monotonic()
        try:
            opened = open_project(path)
        except ProjectError as error:
            outcome: str = error.code
        else:
            outcome = "opened"
            save(opened.project, again, disk=HASTY)
            assert plain(open_project(again).project) == plain(opened.project)
        assert time.monotonic() - began < 5
        assert path.read_bytes() == data
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes


def plain(project: Project) -> tuple[bytes, dict[str, dict[str, bytes]]]:
    numbers = {
        uid: {name: array.tobytes() for name, array in arrays.items()} for uid, arrays in project.weights.nodes.items()
    }
    return strict_json.encode(schema.document(project)), numbers


@pytest.mark.slow
def test_spoilt_files(forge: Forge, tmp_path: Path) -> None:
    outcomes = fuzz(2000, 1, forge, tmp_path)
    # The mutants reach every stage of the reader, and some are harmless.
    assert {"not-a-project", "damaged", "invalid", "weights", "opened"} <= outcomes.keys()


@pytest.mark.soak
def test_many_spoilt_files(forge: Forge, tmp_path: Path) -> None:
    fuzz(100_000, 2, forge, tmp_path)
