"""The commands for runs that are kept: list them, follow one, make a project of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cnnlab.cli.shared import FAILED, Force, fail, readable_errors, refuse_to_replace
from cnnlab.core.messages import text as _
from cnnlab.core.runs.summary import RunState

app = typer.Typer()

Runs = Annotated[
    Path, typer.Argument(metavar="[PROJECT|FOLDER]", help=_("A project file, or a folder of runs."), show_default=False)
]
Run = Annotated[
    Path,
    typer.Argument(
        metavar="RUN", help=_("The folder of a run, or a project file for its newest run."), show_default=False
    ),
]


@app.command(
    "runs", help=_("List the runs of a project, or of every project in a folder, with settings and best results.")
)
def _runs(
    where: Runs = Path(),
    as_json: Annotated[bool, typer.Option("--json", help=_("Everything as one JSON list."))] = False,
) -> None:
    from cnnlab.cli.train import metrics_text, run_table
    from cnnlab.engine.runs import table

    found = table.newest_first(run for root in _roots(where) for run in table.runs(root))
    if as_json:
        typer.echo(json.dumps([metrics_text.plain(run) for run in found], ensure_ascii=False))
    elif found:
        run_table.show(found)
    else:
        typer.echo(_("There are no runs in “{folder}”.", folder=where), err=True)


@app.command(
    "watch",
    help=_("Follow a run that another process or computer trains, until it ends. Ctrl+C stops watching, not the run."),
)
def _watch(run: Run) -> None:
    from cnnlab.cli.train import watching
    from cnnlab.cli.train.display import state_text

    try:
        summary = watching.watch(_folder(run))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    typer.echo(_("Run {id}: {state}.", id=summary.id, state=state_text(summary.state)), err=True)
    if summary.message:
        typer.echo(summary.message, err=True)
    if summary.state not in (RunState.COMPLETED, RunState.STOPPED):
        raise typer.Exit(FAILED)


@app.command("reopen", help=_("Write a run as a project file: its network, settings and weights."))
def _reopen(
    run: Run,
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help=_("The file to write."), show_default=False)],
    best: Annotated[
        bool, typer.Option("--best", help=_("With the weights that were best on validation, instead of the last."))
    ] = False,
    checkpoint: Annotated[
        bool, typer.Option("--checkpoint", help=_("With those of the last checkpoint that can be read."))
    ] = False,
    force: Force = False,
) -> None:
    if best and checkpoint:
        fail(_("A project has one set of weights: choose --best or --checkpoint."))
    refuse_to_replace(project, force)
    from cnnlab.cli.train import reopening
    from cnnlab.engine.archive import save

    kept = (
        reopening.WhichWeights.BEST
        if best
        else reopening.WhichWeights.CHECKPOINT
        if checkpoint
        else reopening.WhichWeights.LAST
    )
    with readable_errors():
        save(reopening.project(_folder(run), kept), project)
    typer.echo(str(project))


def _roots(where: Path) -> list[Path]:
    """The folders of runs that ``where`` stands for."""
    from cnnlab.engine.runs import folder

    if not where.exists():
        fail(_("There is no file or folder “{path}”.", path=where))
    if where.is_file():
        return [folder.root(where)]
    return [where] if where.suffix == folder.SUFFIX else sorted(where.glob(f"*{folder.SUFFIX}"))


def _folder(run: Path) -> Path:
    """The folder of the run that ``run`` stands for."""
    from cnnlab.engine.runs import folder, table

    if (run / folder.RUN).is_file():
        return run
    newest = next(iter(table.newest_first(found for root in _roots(run) for found in table.runs(root))), None)
    if newest is None:
        fail(_("There is no run in “{path}”.", path=run))
    return newest.folder
