"""The folder that commands work in, the command itself, and a project that has been trained."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from commands import NO_WINDOW, Command, Done, tiny

from cnnlab import cli
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import WeightsPublished
from cnnlab.engine.archive import save
from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.training.run import Run


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder to work in; ``blocked`` in it holds an import hook, under which there is no Qt."""
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(NO_WINDOW)
    return tmp_path


@pytest.fixture
def command(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """The command in this process, which has torch already."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_STATE_HOME", str(here))

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["cnnlab", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)

    yield run
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def once_trained() -> Project:
    """``tiny`` after an epoch."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    published = [event for event in Run(tiny(), mnist()).events() if isinstance(event, WeightsPublished)]
    torch.set_num_threads(threads)
    return replace(tiny(), weights=published[-1].weights)


@pytest.fixture
def trained(here: Path, once_trained: Project) -> Path:
    """The file of a trained project."""
    save(once_trained, here / "trained.cnnlab")
    return here / "trained.cnnlab"
