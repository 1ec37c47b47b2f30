"""The command that asks a network for answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnlab.cli.shared import FAILED, ProjectFile, opened, readable_errors, tell_untrained
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import percent

if TYPE_CHECKING:
    from cnnlab.engine.inspection.prediction import Predictor

app = typer.Typer()


@app.command(
    "predict",
    help=_("Predict what is in pictures: one line each, with path, class and probability, separated by tabs."),
)
def _predict(
    project: ProjectFile,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help=_("Picture files."), show_default=False)],
    as_drawing: Annotated[
        bool,
        typer.Option(
            "--as-drawing",
            help=_(
                "Treat each picture as ink on paper: invert a bright background, crop and centre, as the draw pad does."
            ),
        ),
    ] = False,
) -> None:
    from cnnlab.logs import log_to_file

    log_to_file()
    predictor = _predictor(project)
    failed = False
    for path in images:
        if not path.exists():
            typer.echo(f"{path}: {_('There is no such file.')}", err=True)
            failed = True
            continue
        try:
            prediction = predictor.predict(path, as_drawing=as_drawing)
        except Refusal as error:
            typer.echo(f"{path}: {error.message}", err=True)
            failed = True
        else:
            certain = "" if prediction.probability is None else f"\t{percent(prediction.probability, 2)}"
            typer.echo(f"{path}\t{prediction.label}{certain}")
    if failed:
        raise typer.Exit(FAILED)


def _predictor(path: Path) -> Predictor:
    """The network of a project that was trained."""
    from cnnlab.engine.inspection.prediction import Predictor

    with readable_errors():
        predictor = Predictor(opened(path).project)
    tell_untrained(path, predictor.loaded)
    return predictor
