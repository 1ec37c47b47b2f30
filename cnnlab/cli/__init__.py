"""The command line: the window, and the same engine without one.

A command is a function here or in ``networks``, ``data``, ``training``, ``predicting`` or ``runs``. ``settings`` makes an
option of each entry in core's tables of settings: what is typed becomes ``Given``, which is put on the project of a file.
``flags`` names the options, ``idle_options`` says which have no effect, and ``shared`` opens files and ends commands. ``train``
does what takes long.

torch and Qt are imported inside the commands that need them: ``--version`` and ``--help`` answer at once, and training works
where Qt is not installed.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cnnlab.cli import data, networks, predicting, runs, training
from cnnlab.cli.shared import ProjectFile, fail
from cnnlab.core.messages import text as _
from cnnlab.version import __version__

log = logging.getLogger(__name__)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def main() -> None:
    """The ``cnnlab`` command."""
    arguments = sys.argv[1:]
    commands = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    if arguments and not arguments[0].startswith("-") and arguments[0] not in commands:
        if not Path(arguments[0]).exists():
            fail(
                _(
                    "“{name}” is neither a command nor an existing file: “cnnlab --help” lists the commands.",
                    name=arguments[0],
                )
            )
        arguments = ["open", *arguments]
    try:
        app(arguments, prog_name="cnnlab")
    except Exception as error:
        log.exception("cnnlab %s", " ".join(arguments))
        fail(
            _(
                "Something in cnnlab failed ({kind}); your files are intact, and the log has the details. Please "
                "report this.",
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


@app.command("open", help=_("Open the window on a project."))
def _open(project: ProjectFile) -> None:
    if not project.exists():
        fail(_("There is no file “{path}”.", path=project))
    _open_window(project)


def _open_window(project: Path | None) -> None:
    # Qt would abort the process where it finds no display.
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in displays):
        fail(
            _(
                "There is no display for the window. “cnnlab --help” lists what works without one: new, train, predict and others."
            )
        )
    try:
        from cnnlab.app import run
    except ImportError as error:
        fail(
            _(
                "The window cannot open, because a part of it is missing ({detail}). Install cnnlab again, and the "
                "system libraries that its README names.",
                detail=str(error),
            )
        )
    raise typer.Exit(run(None if project is None else str(project)))


app.add_typer(data.app, name="data")
for part in (networks, training, predicting, runs):
    app.registered_commands += part.app.registered_commands
