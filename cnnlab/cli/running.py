"""The commands that train a network and ask it for answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnlab.cli.shared import FAILED, INTERRUPTED, ProjectFile, fail, opened, words_for_people
from cnnlab.core import changes
from cnnlab.core.messages import text as _
from cnnlab.core.training_settings import DEVICES

if TYPE_CHECKING:
    from cnnlab.engine.prediction import Predictor

app = typer.Typer()


@app.command(
    "train",
    help=_(
        "Train a project's network, on from the weights it has, and save the weights into the file after each epoch. "
        "Options hold for this run and are not stored. Ctrl+C stops after the current batch and saves."
    ),
)
def _train(
    project: ProjectFile,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help=_("Instead of the project's number of epochs."))
    ] = None,
    device: Annotated[str | None, typer.Option(metavar="D", help=", ".join(DEVICES) + ".")] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", help=_("Instead of the project's seed."))] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help=_("Where the pictures lie, for a data set that does not come with cnnlab.")
        ),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help=_("Start with fresh weights."))] = False,
) -> None:
    from cnnlab.logs import log_to_file
    from cnnlab.terminal import interruptible, run

    log_to_file()
    file = opened(project)
    if file.read_only:
        fail(
            _("“{path}” was made by a later version of cnnlab and cannot be saved, so it is not trained.", path=project)
        )
    asked = {"epochs": epochs, "device": device, "seed": seed}
    with words_for_people(), interruptible() as interruption:
        base = changes.forget_weights(file.project) if restart else file.project
        base = changes.set_training(base, **{name: value for name, value in asked.items() if value is not None})
        if data is not None:
            base = changes.set_data(base, folder=str(data))
        ended = run(base, project, file, interruption)
    if ended.message:
        fail(str(ended.message))
    if interruption.asked and ended.test_accuracy is None:
        raise typer.Exit(INTERRUPTED)
    if ended.test_accuracy is not None:
        typer.echo(_("test accuracy {share} %", share=f"{100 * ended.test_accuracy:.2f}"))


@app.command(
    "predict",
    help=_("Say what is in pictures: one line each, with path, class and the network's certainty, between tabs."),
)
def _predict(
    project: ProjectFile,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help=_("Picture files."), show_default=False)],
    as_drawing: Annotated[
        bool,
        typer.Option(
            "--as-drawing",
            help=_(
                "Take each picture for ink on paper: invert a bright background, crop and centre, as the draw pad does."
            ),
        ),
    ] = False,
) -> None:
    from cnnlab.engine.pictures import PictureError
    from cnnlab.logs import log_to_file

    log_to_file()
    predictor = _predictor(project)
    failed = False
    for path in images:
        try:
            prediction = predictor.predict(path, as_drawing=as_drawing)
        except PictureError as error:
            typer.echo(f"{path}: {error.message}", err=True)
            failed = True
        else:
            typer.echo(f"{path}\t{prediction.label}\t{100 * prediction.share:.2f} %")
    if failed:
        raise typer.Exit(FAILED)


def _predictor(path: Path) -> Predictor:
    """The network of a project that was trained; layers that were not are named on standard error."""
    from cnnlab.engine.prediction import Predictor

    with words_for_people():
        predictor = Predictor(opened(path).project)
    untrained = (*predictor.loaded.restarted, *predictor.loaded.fresh)
    if untrained and not predictor.loaded.kept:
        fail(_("The network in “{path}” has not been trained yet: “cnnlab train” does it.", path=path))
    if untrained:
        typer.echo(
            _(
                "These layers have changed since the training, so the answers mean little: {layers}.",
                layers=", ".join(untrained),
            ),
            err=True,
        )
    return predictor
