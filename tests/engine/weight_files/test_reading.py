"""What comes out of a good file is what was put in, whichever way PyTorch wrote it."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hostile_weights import legacy, saved
from safetensors.torch import save
from torch import Tensor, nn

from cnnlab.engine.weight_files import read, reader, reading


def numbers() -> dict[str, Tensor]:
    return {
        "single": torch.linspace(-2, 2, 12).reshape(3, 4),
        "half": torch.linspace(-2, 2, 7).half(),
        "bfloat": torch.linspace(-2, 2, 7).bfloat16(),
        "double": torch.linspace(-2, 2, 7).double(),
        "float8": torch.linspace(-2, 2, 7).to(torch.float8_e4m3fn),
        "turned": torch.arange(6.0).reshape(2, 3).T,
        "one": torch.tensor(1.5),
        "none": torch.zeros(0, 3),
        "count": torch.tensor(7),
        "flags": torch.tensor([True, False]),
        "bytes": torch.tensor([255, 0], dtype=torch.uint8),
    }


def expected(tensor: Tensor) -> np.ndarray:
    return tensor.to(torch.float32 if tensor.is_floating_point() else torch.int64).numpy()


def check(arrays: dict[str, np.ndarray], tensors: dict[str, Tensor]) -> None:
    assert arrays.keys() == tensors.keys()
    for name, array in arrays.items():
        wanted = expected(tensors[name])
        assert (array.dtype, array.shape) == (wanted.dtype, wanted.shape)
        np.testing.assert_array_equal(array, wanted)


def test_every_way_of_writing_gives_the_same_arrays(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    before_float8 = {name: tensor for name, tensor in numbers().items() if name != "float8"}
    for given, content in ((numbers(), saved(numbers())), (before_float8, legacy(before_float8))):
        path.write_bytes(content)
        tensors, told = reader.converted(str(path), 10**9)
        check({name: tensor.numpy() for name, tensor in tensors.items()}, given)
        assert not told
    path.write_bytes(save({name: tensor.contiguous() for name, tensor in numbers().items()}, metadata={"entry": "x"}))
    arrays = read(path)
    check(arrays, numbers())
    assert not arrays.notes


@pytest.mark.process
def test_a_file_of_pytorch_is_read_in_a_process_wherever_the_app_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    path = Path("weights with “quotes” ä.pth")
    path.write_bytes(saved(numbers()))
    check(read(path), numbers())
    assert {file.name for file in tmp_path.iterdir()} == {"torch.py", path.name}


def test_tensors_over_one_memory_come_apart(tmp_path: Path) -> None:
    path = tmp_path / "tied.pth"
    weight = torch.arange(6.0)
    path.write_bytes(saved({"a": weight, "b": weight, "c": weight[2:4]}))
    tensors, _told = reader.converted(str(path), 10**9)
    assert torch.equal(tensors["c"], weight[2:4])
    assert len({tensor.data_ptr() for tensor in tensors.values()}) == 3


@pytest.mark.parametrize(
    ("wrapped", "entry", "left_out"),
    [
        (lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"lr": 0.1}}, "state_dict", "epoch, optimizer"),
        (lambda state: {"model": state}, "model", ""),
        (lambda state: {"model": {"state_dict": state, "x": 1}}, "model.state_dict", "x"),
        (lambda state: OrderedDict(net=OrderedDict(state)), "net", ""),
    ],
)
def test_a_checkpoint_is_unwrapped_and_that_is_told(wrapped: Any, entry: str, left_out: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pth"
    path.write_bytes(saved(wrapped(numbers())))
    tensors, told = reader.converted(str(path), 10**9)
    assert told == {"entry": entry, "left_out": left_out}
    assert tensors.keys() == numbers().keys()


@pytest.mark.process
def test_a_note_says_what_was_left_out_of_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pth"
    path.write_bytes(saved({"epoch": 3, "state_dict": nn.Linear(2, 2).state_dict()}))
    (note,) = read(path).notes
    assert str(note) == "“checkpoint.pth” is a checkpoint: its entry “state_dict” was read, without epoch."


def test_parameters_are_tensors_too(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(saved(dict(nn.Linear(2, 3).named_parameters())))
    tensors, _told = reader.converted(str(path), 10**9)
    assert not any(tensor.requires_grad for tensor in tensors.values())
    assert tensors["weight"].shape == (3, 2)


def test_safetensors_are_told_by_their_content_even_where_they_begin_like_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    tensors = {"a": torch.ones(2)}
    filler = next(n for n in range(1000) if save(tensors, metadata={"x": "y" * n})[:2] == b"\x80\x02")
    path.write_bytes(save(tensors, metadata={"x": "y" * filler}))
    check(read(path), tensors)


def test_metadata_are_given_back() -> None:
    content = save({"a": torch.ones(2)}, metadata={"title": "Net"})
    assert reading.decode(content, Path("x"))[1] == {"title": "Net"}
