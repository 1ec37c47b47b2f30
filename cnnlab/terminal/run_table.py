"""The runs of a project as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rich.console import Console
from rich.table import Table

from cnnlab.core.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.messages import text as _
from cnnlab.core.params import Param
from cnnlab.core.run_summary import Figures, RunState, RunSummary, differing
from cnnlab.core.sources import SOURCES
from cnnlab.core.training_groups import matters
from cnnlab.core.training_settings import TRAINING_PARAMS
from cnnlab.terminal.display import percent

Column = tuple[str, Callable[[RunSummary], str]]


def show(runs: Sequence[RunSummary]) -> None:
    """One row a run, with its project where there are several, and the settings in which the runs differ."""
    columns = list(_differences(runs))
    table = Table(box=None, pad_edge=False)
    for heading in (_("run"), _("state"), _("started"), _("epochs"), _("time"), _("best validation"), _("test")):
        table.add_column(heading, no_wrap=True)
    for heading, _words in columns:
        table.add_column(heading, no_wrap=True)
    for run in runs:
        if run.state is RunState.DAMAGED:
            table.add_row(run.id, run.state.value)
        else:
            table.add_row(
                run.id,
                run.state.value,
                f"{run.started.astimezone():%Y-%m-%d %H:%M}" if run.started else "",
                f"{run.epoch}/{run.epochs}",
                duration(run.seconds),
                _validation(run),
                best(run.test, _unit(run)),
                *(words(run) for _heading, words in columns),
            )
    console = Console(markup=False, highlight=False)
    # Lines longer than a pipe's eighty columns are for programs to cut.
    console.print(table, soft_wrap=True) if console.is_terminal else Console(width=1000, markup=False).print(table)
    for run in runs:
        if run.state is RunState.DAMAGED:
            console.print(f"{run.id}: {run.message}", soft_wrap=True)


def _differences(runs: Sequence[RunSummary]) -> Iterator[Column]:
    """What is not the same in all of ``runs``; empty where a setting has no effect beside the others of a run."""
    whole = [run for run in runs if run.state is not RunState.DAMAGED]

    def column(heading: str, words: Callable[[RunSummary], str]) -> Iterator[Column]:
        if len({words(run) for run in whole}) > 1:
            yield heading, words

    yield from column(_("project"), lambda run: run.folder.parent.stem)
    yield from column(
        _("pictures"), lambda run: str(SOURCES[run.data.source].title) if _is_known(run) else run.data.source
    )
    yield from column(_("held out"), lambda run: f"{run.data.validation:,}")
    names = differing(runs)
    for param in TRAINING_PARAMS:
        if param.name in names:
            yield from column(str(param.label), partial(_training, param))
    for param in AUGMENTATION_PARAMS:
        yield from column(str(param.label), partial(_augmentation, param))


def _training(param: Param, run: RunSummary) -> str:
    return param.show(getattr(run.training, param.name)) if param.name in matters(run.training) else ""


def _augmentation(param: Param, run: RunSummary) -> str:
    return param.show(getattr(run.augmentation, param.name))


def _validation(run: RunSummary) -> str:
    """Of the best weights; empty where no pictures are held out, and training pictures judged them."""
    is_measured = run.data.validation > 0 or not math.isnan(run.validation.loss)
    return best(run.best, _unit(run)) if is_measured else ""


def _unit(run: RunSummary) -> str:
    return SOURCES[run.data.source].unit if _is_known(run) else ""


def _is_known(run: RunSummary) -> bool:
    return run.data.source in SOURCES


def best(figures: Figures, unit: str = "") -> str:
    """The figure that a task is judged by; empty if there is none yet."""
    if not math.isnan(figures.accuracy):
        return percent(figures.accuracy)
    if not math.isnan(figures.error):
        return f"{figures.error:.3g}{unit}"
    return "" if math.isnan(figures.loss) else _("loss {loss}", loss=f"{figures.loss:.4f}")


def duration(seconds: float) -> str:
    """``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
