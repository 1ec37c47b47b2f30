"""Files made by another process: the same as in this one, and nothing is left of what was stopped or failed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import small_networks
import torch

from cnnlab.engine.exports import ExportError, formats, handover, process
from cnnlab.engine.network import state
from cnnlab.engine.system import subprocesses

pytestmark = pytest.mark.process

NETWORK = small_networks.with_numbers(small_networks.CHAIN)


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an older file called ``network``, and a folder for temporary files that stays empty."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    for folder in ("temporary", "target"):
        (tmp_path / folder).mkdir()
    return tmp_path / "target"


def check_untouched(path: Path) -> None:
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == b"older"
    assert not list((path.parents[1] / "temporary").iterdir())


def older(path: Path) -> Path:
    path.write_bytes(b"older")
    return path


def script(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let this be the process."""
    path = folder / "script.py"
    path.write_text(text)
    monkeypatch.setattr(process, "_SCRIPT", path)


def test_an_onnx_file_computes_what_the_network_does(target: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = target / "“net” ä.ONNX"
    process.write(NETWORK, path)
    assert capfd.readouterr() == ("", "")
    x = torch.randn(3, 2, 8, 7, generator=torch.Generator().manual_seed(0))
    (got,) = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"pictures": x.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(got, state.network(NETWORK)(x), rtol=1e-4, atol=1e-5)
    assert [file.name for file in target.iterdir()] == [path.name]
    assert not list((target.parent / "temporary").iterdir())


def test_a_program_does_too_and_is_made_without_qt_and_without_what_lies_in_the_working_folder(
    target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "raise SystemExit('not this one')"
    for folder, name in (("blocked", "PySide6"), ("working", "torch")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.py").write_text(trap)
    monkeypatch.chdir(tmp_path / "working")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "blocked"), *sys.path])
    path = older(target / "network.pt2")
    process.write(NETWORK, path)
    program = torch.export.load(path).module()
    x = torch.randn(3, 2, 8, 7, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(program(x), state.network(NETWORK)(x))


def test_what_the_process_refuses_is_said_in_the_same_words_as_here(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = small_networks.project(
        ("pool", "adaptivemaxpool2d", {"output_size": 3}),
        ("flatten", "flatten", {}),
        ("fc", "linear", {"out_features": 5}),
    )
    path = older(target / "network.onnx")
    with pytest.raises(ExportError) as here:
        formats.write(project, path)
    # Not even cnnlab is where this process finds things by itself.
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if not (Path(folder) / "cnnlab").is_dir()])
    with pytest.raises(ExportError) as there:
        process.write(project, path)
    assert (there.value.code, str(there.value)) == (here.value.code, str(here.value))
    assert there.value.message == here.value.message
    check_untouched(path)


@pytest.mark.parametrize("looks", [1, 30])
def test_stopping_leaves_everything_as_it_was(looks: int, target: Path) -> None:
    path = older(target / "network.pt2")
    asked = iter([False] * looks)
    with pytest.raises(ExportError, match=r"You stopped the export. “network\.pt2” was not written") as stopped:
        process.write(NETWORK, path, lambda: next(asked, True))
    assert stopped.value.code == "cancelled"
    check_untouched(path)


def test_stopping_at_the_last_moment_too(target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, monkeypatch, "print('content')")
    path = older(target / "network.pt2")
    with pytest.raises(ExportError) as stopped:
        process.write(NETWORK, path, lambda: len(list(target.iterdir())) > 1)
    assert stopped.value.code == "cancelled"
    check_untouched(path)


def test_a_crash_is_said_in_words(target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, monkeypatch, "import os; os.abort()")
    path = older(target / "network.safetensors")
    with pytest.raises(
        ExportError, match=r"the process that made “network\.safetensors” ended unexpectedly \(-6\)"
    ) as crashed:
        process.write(NETWORK, path)
    assert crashed.value.code == "crashed"
    check_untouched(path)


def test_what_nobody_expected_arrives_as_words_with_its_trace() -> None:
    ended = subprocesses.run(
        [str(process._SCRIPT), ".md", "network.md"], given=[], environment={"PYTHONPATH": process._search_path()}
    )
    error = handover.error(ended.answer)
    assert error.code == "crashed"
    assert "something in cnnlab failed (JSONDecodeError" in str(error)
    assert "Traceback" in error.details[0]


def test_a_missing_package_is_told_before_any_process_starts(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_more: Any) -> None:
        raise AssertionError("started")

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr(subprocesses, "run", refuse)
    with pytest.raises(ExportError) as refused:
        process.write(NETWORK, target / "network.onnx")
    assert refused.value.code == "missing-package"


@pytest.mark.parametrize("kind", [kind for kind in formats.FORMATS if not kind.is_heavy], ids=lambda kind: kind.suffix)
def test_texts_are_those_that_are_written_here(kind: formats.Format, target: Path) -> None:
    process.write(NETWORK, target / f"net{kind.suffix}", lambda: True)
    assert (target / f"net{kind.suffix}").read_bytes() == kind.content(NETWORK)


def test_a_table_for_excel_says_that_it_is_utf_8(target: Path) -> None:
    formats.write(NETWORK, target / "net.csv")
    content = (target / "net.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfName,")
    assert "4 × 8 × 7" in content.decode("utf-8-sig")
