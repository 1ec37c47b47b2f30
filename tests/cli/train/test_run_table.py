"""The table of runs, in wide and narrow terminals."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cnnlab.cli.train import run_table
from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.runs.summary import Figures, RunState, RunSummary
from cnnlab.core.training.settings import TrainingSettings

Shown = Callable[..., list[str]]

ONE = RunSummary(
    id="1f0c9a2be771", folder=Path("digits.runs/1f0c9a2be771"), state=RunState.COMPLETED, started=datetime(2026, 5, 4, tzinfo=UTC),
    epoch=2, epochs=2, seconds=61, best=Figures(0.1, 0.98), validation=Figures(0.1, 0.98), test=Figures(0.1, 0.97),
)  # fmt: skip
SETTINGS: dict[str, Any] = {
    "optimiser": "sgd",
    "learning_rate": 0.05,
    "batch_size": 128,
    "epochs": 3,
    "weight_decay": 0.0005,
    "seed": 7,
}
VARIED = Augmentation(rotation=10, translation=0.1, scale=0.1, noise=0.01, erasing=0.2, brightness=0.3)
OTHER = replace(ONE, id="2a", training=TrainingSettings(**SETTINGS), augmentation=VARIED)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shown:
    """The lines of a table of these runs in a terminal so many characters wide; 0: where there is none."""

    def show(width: int, *runs: RunSummary) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(width or 80))
        monkeypatch.setattr(sys.stdout, "isatty", lambda: width > 0)
        run_table.show(runs)
        return capsys.readouterr().out.splitlines()

    return show


@pytest.mark.parametrize("width", [80, 100, 0])
def test_settings_that_do_not_fit_beside_stand_below_and_none_is_lost(shown: Shown, width: int) -> None:
    lines = shown(width, ONE, OTHER)
    assert max(map(len, lines)) <= (width or 160)
    assert lines[0].split()[:2] == ["run", "state"]
    below = " ".join(line.strip() for line in lines[lines.index(next(x for x in lines if x.startswith("2a"))) + 1 :])
    for text in ("Optimiser SGD", "Learning rate 0.05", "Batch size 128", "Seed 7", "Rotation, degrees 10", "Noise"):
        assert text.lower() in below.lower()
    assert any("98.00 %" in line and "97.00 %" in line and line.startswith("2a") for line in lines)


def test_in_a_wide_terminal_each_run_has_one_line(shown: Shown) -> None:
    heading, *rows = shown(400, ONE, OTHER)
    assert len(rows) == 2
    for row, text in zip(rows, ("0.003", "0.05"), strict=True):
        assert row[heading.index("Learning rate") :].startswith(text)


def test_a_damaged_run_is_told_below_with_its_reason(shown: Shown) -> None:
    damaged = RunSummary(id="3b", folder=Path("digits.runs/3b"), state=RunState.DAMAGED, message="It is no whole run.")
    assert shown(100, ONE, damaged)[-1] == "3b: damaged. It is no whole run."
    assert shown(100, damaged) == ["3b: damaged. It is no whole run."]
