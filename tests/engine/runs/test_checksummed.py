from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors import numpy as safetensors
from safetensors import safe_open

from cnnlab.engine.archive.errors import ProjectError, Refused
from cnnlab.engine.runs import checksummed

HELD: dict[str, Any] = {
    "w/a": np.arange(60, dtype=np.float32).reshape(3, 4, 5),
    "count": np.array(7, np.int64),
    "none": np.zeros((0, 3), np.float64),
}
SAID = {"step": 5, "list": [1, 2.5, True, None, "x"], "deep": {"a": {"b": []}}}

characters = st.characters(codec="utf-8")
keys = st.text(characters, max_size=9).filter(lambda key: not key.startswith("$"))
"""Without those that stand for what JSON lacks: ``pack`` refuses them."""
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(characters, max_size=5000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(st.sampled_from("abc"), values, max_size=3)
held = st.dictionaries(
    st.sampled_from(["a/b", "c", "d.e"]),
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint8]),
        arrays.array_shapes(min_dims=0, min_side=0, max_side=3),
    ),
)


@given(held, documents)
def test_what_was_packed_comes_back(arrays: dict[str, np.ndarray], document: dict[str, Any]) -> None:
    back, said = checksummed.unpack(checksummed.pack(arrays, document))
    assert said == document
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        assert back[name].shape == array.shape
        assert back[name].tobytes() == array.tobytes()
        assert not back[name].flags.writeable


@pytest.mark.parametrize("key", ["$whole", "$real", "$text"])
def test_a_key_that_stands_for_a_value_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="cannot be told"):
        checksummed.pack({}, {"a": {key: None}})


def test_a_document_may_hold_what_json_cannot() -> None:
    said = {"lowest": float("inf"), "none": float("nan"), "seed": 2**64 - 1, "state": "f" * 10_000}
    _arrays, back = checksummed.unpack(checksummed.pack({}, said))
    assert repr(back) == repr(said)


def test_arrays_in_another_order_of_memory_come_back_too() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4).T
    back, _document = checksummed.unpack(checksummed.pack({"a": array}, {}))
    assert (back["a"] == array).all()


def test_any_flipped_bit_is_noticed() -> None:
    data = checksummed.pack(HELD, SAID)
    chance = random.Random(1)
    for bit in chance.sample(range(8 * len(data)), 1500):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Refused):
            checksummed.unpack(bytes(flipped))


def test_any_cut_is_noticed() -> None:
    data = checksummed.pack(HELD, SAID)
    for length in range(0, len(data), 7):
        with pytest.raises(Refused):
            checksummed.unpack(data[:length])
        with pytest.raises(Refused):
            checksummed.unpack(data[:length] + data[length + 1 :])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 64,
        (2**63).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        safetensors.save({"a": np.zeros(3)}),
        safetensors.save({"a": np.zeros(3)}, {"kind": "cnnlab run 1", "sha256": "0" * 64}),
        (100_000).to_bytes(8, "little") + b"[" * 100_000,
    ],
)
def test_other_files_are_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(data)
    with pytest.raises(ProjectError, match=r"x\.safetensors"):
        checksummed.read(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ProjectError):
            checksummed.read(path)


def test_other_readers_open_them(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(checksummed.pack(HELD, SAID))
    with safe_open(path, "numpy") as file:
        assert set(file.keys()) == {*HELD, "document.json"}
        assert (file.get_tensor("w/a") == HELD["w/a"]).all()
