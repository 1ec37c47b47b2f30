"""The command line: the window, and the same engine without one.

torch and Qt are imported inside the commands that need them: ``--version`` and ``--help`` answer at once, and training
works where Qt is not installed.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cnnlab import __version__
from cnnlab.core import changes, templates
from cnnlab.core.messages import Message
from cnnlab.core.messages import text as _
from cnnlab.core.project import DEVICES

if TYPE_CHECKING:
    from cnnlab.engine.archive import Opened
    from cnnlab.engine.prediction import Predictor

log = logging.getLogger(__name__)

FAILED = 1
INTERRUPTED = 130
"""As shells have it: 128 and the number of SIGINT."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def main() -> None:
    """The ``cnnlab`` command."""
    arguments = sys.argv[1:]
    commands = {command.name for command in app.registered_commands}
    if arguments and not arguments[0].startswith("-") and arguments[0] not in commands:
        if not Path(arguments[0]).exists():
            _fail(
                _(
                    "“{name}” is neither a command nor a file that is there: “cnnlab --help” lists the commands.",
                    name=arguments[0],
                )
            )
        arguments = ["open", *arguments]
    try:
        app(arguments, prog_name="cnnlab")
    except Exception as error:
        log.exception("cnnlab %s", " ".join(arguments))
        _fail(
            _(
                "Something in cnnlab failed ({kind}); files are whole, and the log has the details. Please report this.",
                kind=type(error).__name__,
            )
        )


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"cnnlab {__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    help=_(
        "Build, train and look inside convolutional networks. Without a command the window opens; with a project file "
        "in place of a command it opens on that."
    ),
)
def _cnnlab(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=_("Print the version and exit."))
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        _open_window(None)


ProjectFile = Annotated[Path, typer.Argument(metavar="PROJECT", help=_("A .cnnlab project file."), show_default=False)]


@app.command("open", help=_("Open the window on a project."))
def _open(project: ProjectFile) -> None:
    if not project.exists():
        _fail(_("There is no file “{path}”.", path=project))
    _open_window(project)


def _open_window(project: Path | None) -> None:
    # Qt would abort the process where it finds no display.
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in displays):
        _fail(
            _("There is no display for the window. “cnnlab --help” lists what works without one: new, train, predict.")
        )
    try:
        from cnnlab.app import run
    except ImportError as error:
        _fail(
            _(
                "The window cannot open, because a part of it is missing ({detail}). Install cnnlab again, and the "
                "system libraries that its README names.",
                detail=str(error),
            )
        )
    raise typer.Exit(run(None if project is None else str(project)))


_TEMPLATES = "\n\n".join(f"  {template.key}: {template.title}. {template.words}" for template in templates.TEMPLATES)


@app.command("new", help=_("Write a new project file from a template."), epilog=_("Templates:") + f"\n\n{_TEMPLATES}")
def _new(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help=_("One of those below."), show_default=False)],
    project: ProjectFile,
    force: Annotated[bool, typer.Option("--force", help=_("Replace a file that is already there."))] = False,
) -> None:
    chosen = templates.BY_KEY.get(template)
    if chosen is None:
        known = ", ".join(templates.BY_KEY)
        _fail(_("There is no template “{name}”. Choose one of: {known}.", name=template, known=known))
    if project.exists() and not force:
        _fail(
            _(
                "“{path}” is already there and was left as it is. Choose another name, or add --force to replace it.",
                path=project,
            )
        )
    from cnnlab.engine.archive import save

    with _words_for_people():
        save(chosen.build(), project)
    typer.echo(str(project))


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
    restart: Annotated[bool, typer.Option("--restart", help=_("Start with fresh weights."))] = False,
) -> None:
    from cnnlab.logs import log_to_file
    from cnnlab.terminal import interruptible, run

    log_to_file()
    opened = _opened(project)
    if opened.read_only:
        _fail(
            _("“{path}” was made by a later version of cnnlab and cannot be saved, so it is not trained.", path=project)
        )
    asked = {"epochs": epochs, "device": device, "seed": seed}
    with _words_for_people(), interruptible() as interruption:
        base = changes.forget_weights(opened.project) if restart else opened.project
        base = changes.set_training(base, **{name: value for name, value in asked.items() if value is not None})
        ended = run(base, project, opened, interruption)
    if ended.message:
        _fail(str(ended.message))
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

    with _words_for_people():
        predictor = Predictor(_opened(path).project)
    untrained = (*predictor.loaded.restarted, *predictor.loaded.fresh)
    if untrained and not predictor.loaded.kept:
        _fail(_("The network in “{path}” has not been trained yet: “cnnlab train” does it.", path=path))
    if untrained:
        typer.echo(
            _(
                "These layers have changed since the training, so the answers mean little: {layers}.",
                layers=", ".join(untrained),
            ),
            err=True,
        )
    return predictor


def _opened(path: Path) -> Opened:
    """The project file; what a person should know of it goes to standard error."""
    from cnnlab.engine.archive import open_project

    with _words_for_people():
        opened = open_project(path)
    for note in opened.notes:
        typer.echo(str(note), err=True)
    return opened


@contextmanager
def _words_for_people() -> Generator[None]:
    """Errors that carry a message end the command with it; others pass, to be reported as ours."""
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)
        if not isinstance(message, Message):
            raise
        log.info("refused", exc_info=True)
        _fail(str(message))


def _fail(words: str) -> NoReturn:
    """End the command with one sentence on standard error."""
    typer.echo(words, err=True)
    sys.exit(FAILED)
