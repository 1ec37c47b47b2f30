"""The commands that train a network and measure it."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from cnnlab.cli.idle_options import idle, without_validation
from cnnlab.cli.settings import AUGMENTATION, DATA, PREPARATION, TRAINING, Given, GroupedOptions, taking
from cnnlab.cli.shared import ProjectFile, ended_by, fail, opened, readable_errors, tell_untrained
from cnnlab.cli.train import frozen_layers, pictures
from cnnlab.cli.train.pictures import prepared
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.core.runs.events import End, Split

if TYPE_CHECKING:
    from cnnlab.cli.train.session import Outcome
    from cnnlab.core.project.project import Project
    from cnnlab.core.training.metrics import Metrics
    from cnnlab.engine.training.distributed import ProcessPlace

app = typer.Typer()


@app.command(
    "train",
    cls=GroupedOptions,
    help=_(
        "Train a project's network, starting from the weights that it has, and save the weights into the "
        "file. The settings below hold for this run and are not stored, except --fit and --normalise, which "
        "the weights need; those that are not named are the project's. The run is kept in a folder beside the"
        " file. Ctrl+C or SIGTERM stops after the current batch and saves; SIGUSR1 pauses and continues. "
        "Under torchrun several processes train together; the batch size is that of all of them."
    ),
)
@taking(DATA, TRAINING, PREPARATION, AUGMENTATION)
def _train(
    project: ProjectFile,
    given: Given,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help=_("Resume the newest run that was stopped, failed or was interrupted, bit for bit.")
        ),
    ] = False,
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help=_("With --resume: the run to resume."))] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help=_("Start from random weights instead of the saved ones."))
    ] = False,
    frozen: Annotated[
        list[str] | None,
        typer.Option(
            "--freeze",
            metavar="LAYER",
            help=_(
                "Freeze this layer: its weights stay unchanged in this run, such as conv1; may be given several times."
            ),
        ),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help=_("Write files for TensorBoard into the run's folder too."))
    ] = False,
) -> None:
    from cnnlab.cli.train import session
    from cnnlab.engine.training import distributed
    from cnnlab.logs import log_to_file

    log_to_file()
    if restart and resume:
        fail(_("A resumed run keeps its weights: choose --resume or --restart."))
    wanted = (run or "") if resume or run else None

    own: Project | None = None

    def edited(before: Project) -> Project:
        nonlocal own
        own, after = before, frozen_layers.freeze(given.on(before), frozen or ())
        pictures.check(before, after)
        return prepared(after, given.preparation)

    def notes(asked: Project, streamed: bool) -> list[str]:
        lines = [*idle(given, asked, streamed), *frozen_layers.idle(asked, frozen or ())]
        lines += without_validation(given, asked)
        return lines + (pictures.notes(own, asked) if own else [])

    order = session.Order(project, opened, edited, notes, restart=restart, resume=wanted, tensorboard=tensorboard)
    place = distributed.place()
    with readable_errors():
        outcome = session.train(order, place)
    if place and not place.is_first:
        _report_beside(outcome, place)
    else:
        _report(outcome)


def _report(outcome: Outcome) -> None:
    """Results on standard output, the rest beside it; ends the command where the run failed or was stopped."""
    from cnnlab.engine.runs import messages

    ended = outcome.ended
    if ended is None:
        typer.echo(_("Run {id} is complete already; nothing was done.", id=outcome.folder.name), err=True)
        return
    if ended.test:
        _show_lines(ended.test, Split.TEST, SOURCES[outcome.project.data.source].unit)
    if not messages.is_gone(outcome.folder):  # else what ended the run says so
        typer.echo(_("The run is kept in “{folder}”.", folder=outcome.folder), err=True)
    if ended.message:
        fail(str(ended.message))
    _end_if_stopped(outcome)


def _report_beside(outcome: Outcome, place: ProcessPlace) -> None:
    """What a process says that trained together with the first one, which shows the results: only why it failed."""
    if outcome.ended and outcome.ended.message:
        number, count = place.rank + 1, place.processes
        fail(_("Process {number} of {count}: {reason}", number=number, count=count, reason=outcome.ended.message))
    _end_if_stopped(outcome)


def _end_if_stopped(outcome: Outcome) -> None:
    if outcome.ended and outcome.ended.end is End.STOPPED:
        # Another process may be the one that the signal was sent to.
        raise typer.Exit(ended_by(outcome.stopped_by or signal.SIGTERM))


@app.command(
    "evaluate",
    cls=GroupedOptions,
    help=_(
        "Evaluate a project's network on pictures that it did not learn from: all metrics, those of each "
        "class, and the confusion matrix."
    ),
)
@taking(DATA)
def _evaluate(
    project: ProjectFile,
    given: Given,
    split: Annotated[Split, typer.Option("--split", help=_("The pictures to evaluate on."))] = Split.TEST,
    as_json: Annotated[bool, typer.Option("--json", help=_("Everything as one JSON object."))] = False,
) -> None:
    from cnnlab.cli.train import metrics_text
    from cnnlab.cli.train.measuring import EvaluatedNetwork
    from cnnlab.engine.system import text_table
    from cnnlab.logs import log_to_file

    log_to_file()
    with readable_errors():
        edited = given.on(opened(project).project)
        for text in idle(given, edited, streamed=False):
            typer.echo(text, err=True)
        network = EvaluatedNetwork(edited)
        tell_untrained(project, network.loaded)
        metrics = network.measured(split)
    names = edited.names(len(metrics.classes))
    if as_json:
        known = {"split": split.value, "names": list(names)}
        typer.echo(json.dumps(known | metrics_text.plain(metrics), ensure_ascii=False))
        return
    _show_lines(metrics, split, SOURCES[edited.data.source].unit)
    width = text_table.terminal_width()
    if metrics.classes:
        typer.echo("\n" + metrics_text.class_table(metrics.classes, names, width))
    if metrics.confusion:
        typer.echo("\n" + metrics_text.confusion_table(metrics.confusion, names, width))


def _show_lines(metrics: Metrics, split: Split, unit: str) -> None:
    from cnnlab.cli.train.metrics_text import lines

    for line in lines(metrics, unit):
        typer.echo(f"{_('test') if split is Split.TEST else _('validation')} {line}")
