"""Weights that somebody made to do harm, or that are none: refused with words, with little memory, and nothing is run."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile_weights
import pytest
import safetensors.torch
import torch

from cnnlab.engine.weight_files import WeightFileError, errors, read, reader, reading

FILES = hostile_weights.files(Path(tempfile.gettempdir()) / "cnnlab-canary")
MAX_MEMORY = 20 * 2**20


@pytest.fixture
def canary() -> Iterator[Path]:
    """A file that is there once code of a hostile file was run."""
    path = Path(tempfile.gettempdir()) / "cnnlab-canary"
    path.unlink(missing_ok=True)
    yield path
    there = path.exists()
    path.unlink(missing_ok=True)
    assert not there, "code was run"


def peak() -> int:
    """The most memory that this process ever had since ``forget_peak``, in bytes; 0 where Linux does not say."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def forget_peak() -> None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pytest.skip("this system does not measure peaks of memory")


def code_of(path: Path) -> str:
    """What ``read`` refuses a file for; what a process of its own would do is done in this one, which is faster."""
    with path.open("rb") as file:
        apart = reading._is_pickle(file, path.stat().st_size)
    try:
        if apart:
            reader.converted(str(path), reading.MAX_BYTES)
        else:
            read(path)
    except (reader.Refused, WeightFileError) as refused:
        return refused.code
    return "taken"


@pytest.mark.filterwarnings("ignore:Validating sparse tensor invariants")
@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_with_its_code_and_takes_no_memory(name: str, tmp_path: Path, canary: Path) -> None:
    code, make = FILES[name]
    path = tmp_path / "weights.pth"
    path.write_bytes(make())
    forget_peak()
    before = peak()
    assert code_of(path) == code
    assert peak() - before < MAX_MEMORY


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("os.system", r"posix\.system.*No code was run"),
        ("a whole network", r"Sequential.*torch\.save\(net\.state_dict\(\)"),
        ("reaches beyond all memory, in an old file", "not enough memory"),
    ],
)
def test_the_process_refuses_it_too_in_words(
    name: str, text: str, tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    code, make = FILES[name]
    path = tmp_path / "weights.pth"
    path.write_bytes(make())
    with pytest.raises(WeightFileError, match=text) as refused:
        read(path)
    assert refused.value.code == code
    assert (
        "weights_only" not in f"{refused.value} {refused.value.details}"
    )  # PyTorch's advice is to switch the check off
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.process
def test_a_file_that_takes_for_ever_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(hostile_weights.endless())
    with pytest.raises(WeightFileError, match=r"longer than 6 seconds") as refused:
        read(path, timeout=6)
    assert refused.value.code == "time"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.process
def test_the_person_can_stop_it(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(hostile_weights.endless())
    asked = iter([False, False, True])
    with pytest.raises(WeightFileError, match=r"you stopped") as refused:
        read(path, cancelled=lambda: next(asked))
    assert refused.value.code == "cancelled"


@pytest.mark.process
@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "time"),
        ("import os; os.abort()", "crashed"),
        ("import sys; sys.exit(9)", "crashed"),
        ("import sys; print('{'); sys.exit(3)", "crashed"),
        ("""import sys; print('{"code": "strange", "what": "", "details": ""}'); sys.exit(3)""", "crashed"),
        ("print('x' * 100)", "not-weights"),
        ("print(end='')", "empty"),
        ("import sys\nwhile True: sys.stdout.write('x' * 2**20)", "too-large"),
        ("import os, time; os.close(1); time.sleep(1000)", "time"),
        ("import time; time.sleep(1000)", "time"),
    ],
)
def test_whatever_the_process_does_is_survived(
    script: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a hole in torch had let a file take it over."""
    (tmp_path / "reader.py").write_text(script)
    monkeypatch.setattr(reading, "_SCRIPT", tmp_path / "reader.py")
    path = tmp_path / "weights.pth"
    path.write_bytes(hostile_weights.saved({"a": torch.ones(2)}))
    with pytest.raises(WeightFileError) as refused:
        read(path, max_bytes=2**21, timeout=2 if code == "time" else 60)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["missing", "not-weights", "too-large"])
def test_what_cannot_be_opened_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    if kind == "not-weights":
        path.mkdir()
    elif kind == "too-large":
        path.write_bytes(bytes(1001))
    with pytest.raises(WeightFileError) as refused:
        read(path, max_bytes=1000)
    assert refused.value.code == kind


def test_a_file_for_which_memory_is_too_short_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_content: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(safetensors.torch, "load", refuse)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(safetensors.torch.save({"a": torch.ones(2)}))
    with pytest.raises(WeightFileError, match="not enough memory") as refused:
        read(path)
    assert refused.value.code == "memory"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    os.mkfifo(path)
    with pytest.raises(WeightFileError) as refused:
        read(path)
    assert refused.value.code == "unreadable"


def test_numbers_beyond_the_limit_are_refused_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(hostile_weights.saved({"a": torch.zeros(1000, dtype=torch.uint8)}))
    with pytest.raises(reader.Refused) as refused:
        reader.converted(str(path), 7999)
    assert refused.value.code == "too-large"
    tensors, _told = reader.converted(str(path), 8000)
    assert tensors["a"].dtype == torch.int64


def test_the_reader_needs_nothing_of_the_rest() -> None:
    """It starts as a script, wherever the package lies."""
    source = Path(reader.__file__).read_text(encoding="utf-8")
    assert "from cnnlab" not in source
    assert "import cnnlab" not in source


def test_every_code_that_the_reader_says_has_words() -> None:
    source = Path(reader.__file__).read_text(encoding="utf-8")
    said: set[Any] = set(re.findall(r'Refused\(\s*"([a-z-]+)"', source)) | {
        "memory",
        "damaged",
        "whole-network",
        "code",
    }
    assert len(said) > 10
    for code in said:
        assert str(errors.refusal(code, Path("net.pth"), "what", maximum="most").message).startswith("Not imported")
