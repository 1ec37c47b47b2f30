"""Names of runs beside each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cnnlab.core.runs.summary import RunState, RunSummary
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.gui.training.runs.runs_model import name_of
from cnnlab.gui.window.recorded_runs import names_beside

RUN = RunSummary(
    id="a",
    folder=Path("a"),
    state=RunState.COMPLETED,
    started=datetime(2026, 3, 1, tzinfo=UTC),
    training=TrainingSettings(),
)


def trained(**settings: Any) -> RunSummary:
    return replace(RUN, training=replace(RUN.training, **settings))


def told(runs: list[RunSummary], others: list[RunSummary] | None = None) -> list[str]:
    """What the names say besides the time."""
    return [name.removeprefix(name_of(RUN)).strip() for name in names_beside(runs, others or [])]


def test_what_differs_is_named_and_a_number_with_its_setting() -> None:
    assert told([trained(optimiser="adamw"), trained(optimiser="adagrad")]) == ["(AdamW)", "(Adagrad)"]
    assert told([trained(learning_rate=0.01), trained(learning_rate=0.00002)]) == [
        "(Learning rate 0.01)",
        "(Learning rate 0.00002)",
    ]


def test_one_run_differs_from_that_of_the_window() -> None:
    assert told([trained(optimiser="adamw")], [RUN]) == ["(AdamW)"]


def test_runs_that_are_alike_are_called_by_their_time_only() -> None:
    assert told([RUN, RUN]) == ["", ""]


def test_what_would_be_long_is_left_out_from_the_end() -> None:
    runs = [
        trained(optimiser="adamw", batch_size=64, seed=1234567),
        trained(optimiser="adagrad", batch_size=32, seed=7654321),
    ]
    assert told(runs) == ["(AdamW, Batch size 64)", "(Adagrad, Batch size 32)"]
