"""In what runs differ: what was chosen for one and not for another, as columns that a table adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.params import Param, Real, Whole
from cnnlab.core.runs.summary import RunState, RunSummary
from cnnlab.core.training.settings import TRAINING_PARAMS, matters

_ELSEWHERE = frozenset({"epochs"})
"""Settings that a table of runs shows anyway."""


@dataclass(frozen=True)
class DifferenceColumn:
    """``text`` is shown, empty where it has no effect in a run; ``key`` sorts, None where ``text`` is empty."""

    title: Message
    text: Callable[[RunSummary], str]
    key: Callable[[RunSummary], Any]
    numeric: bool = False


def differences(runs: Iterable[RunSummary]) -> tuple[DifferenceColumn, ...]:
    """What is not the same in all of ``runs``: project and data, then training settings and augmentation in the order of their
    tables. Damaged runs do not count: nothing is known of them."""
    whole = [run for run in runs if run.state is not RunState.DAMAGED]
    return tuple(each for each in _possible(whole) if _varies(map(each.key, whole)))


def _varies(values: Iterable[Any]) -> bool:
    values = iter(values)
    first = next(values, None)
    return any(value != first for value in values)


def _possible(runs: Sequence[RunSummary]) -> Iterator[DifferenceColumn]:
    yield DifferenceColumn(_("Project"), _project, _project)
    yield DifferenceColumn(_("Data"), _data, _data)
    yield DifferenceColumn(_("Held out"), lambda run: whole(run.data.validation), lambda run: run.data.validation, True)
    for param in TRAINING_PARAMS:
        # Looked at plainly first: to ask what has an effect in each of a thousand runs takes long.
        if param.name not in _ELSEWHERE and _varies(getattr(run.training, param.name) for run in runs):
            yield DifferenceColumn(
                param.label, partial(_training_text, param), partial(_training, param), _is_number(param)
            )
    for param in AUGMENTATION_PARAMS:
        yield DifferenceColumn(
            param.label, partial(_augmentation_text, param), partial(_augmentation, param), _is_number(param)
        )


def _is_number(param: Param) -> bool:
    return isinstance(param, Whole | Real)


def _project(run: RunSummary) -> str:
    return run.folder.parent.stem


def _data(run: RunSummary) -> str:
    source = SOURCES.get(run.data.source)
    if source is None:
        return run.data.source
    return PurePath(run.data.folder).name if source.any_size and run.data.folder else str(source.title)


def _training(param: Param, run: RunSummary) -> Any:
    return getattr(run.training, param.name) if param.name in matters(run.training) else None


def _training_text(param: Param, run: RunSummary) -> str:
    value = _training(param, run)
    return "" if value is None else param.show(value)


def _augmentation(param: Param, run: RunSummary) -> Any:
    return getattr(run.augmentation, param.name)


def _augmentation_text(param: Param, run: RunSummary) -> str:
    return param.show(_augmentation(param, run))
