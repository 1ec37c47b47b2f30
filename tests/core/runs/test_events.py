"""What a run tells is equal to a copy of itself: figures that are not known are None, and never NaN."""

from __future__ import annotations

import pickle
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import events

from cnnlab.core.params import ParamError
from cnnlab.core.runs import events as kinds
from cnnlab.core.runs.events import Change, Event
from cnnlab.core.runs.summary import Figures, RunState, RunSummary
from cnnlab.core.training.metrics import ClassFigures, Metrics, finite
from cnnlab.core.training.settings import LIVE_PARAMS

_figures = st.builds(Figures, events.number, events.share, events.number)
_summaries = st.builds(
    RunSummary,
    id=st.just("r1"),
    folder=st.just(Path("r1")),
    state=st.sampled_from(RunState),
    started=st.none() | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    images_per_second=events.number,
    latest=_figures,
    validation=_figures,
    best=_figures,
    test=_figures,
)


def copied(value: object) -> object:
    """With new objects inside, so that none is equal for being the same."""
    return pickle.loads(pickle.dumps(value))


@given(events.recorded)
def test_an_event_equals_its_copy(event: Event) -> None:
    assert copied(event) == event


@given(_summaries)
def test_a_summary_equals_its_copy(summary: RunSummary) -> None:
    assert copied(summary) == summary


@pytest.mark.parametrize(
    "kind", [ClassFigures, Metrics, Figures, RunSummary, *Event.__subclasses__(), kinds.Change, kinds.Checkpoint]
)
def test_what_is_left_out_equals_a_copy_of_itself(kind: type) -> None:
    for field in fields(kind):
        if field.default is not MISSING:
            assert copied(field.default) == field.default, field.name


@given(st.floats())
def test_a_figure_is_finite_or_none(value: float) -> None:
    figure = finite(value)
    assert figure in (value, None)
    assert copied(figure) == figure
    assert (figure is None) == (abs(value) == float("inf") or value != value)


def test_every_field_of_a_change_is_a_setting() -> None:
    assert [field.name for field in fields(Change)] == list(LIVE_PARAMS)


@pytest.mark.parametrize(
    ("name", "value"), [("learning_rate", 0.0), ("learning_rate", 101.0), ("weight_decay", -0.1), ("dropout", 1.5)]
)
def test_a_value_that_a_setting_cannot_have_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParamError):
        Change(**{name: value})
