"""What the commands share: the project file that they are given, and how they end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import text as _

if TYPE_CHECKING:
    from cnnlab.engine.archive import Opened
    from cnnlab.engine.network.weights import Loaded

log = logging.getLogger(__name__)

FAILED = 1
INTERRUPTED = 130
"""Exit status after Ctrl+C, as ``ended_by`` has it."""

ProjectFile = Annotated[Path, typer.Argument(metavar="PROJECT", help=_("A .cnnlab project file."), show_default=False)]
Force = Annotated[bool, typer.Option("--force", help=_("Replace a file that is already there."))]


def opened(path: Path) -> Opened:
    """The project file; what a person should know of it goes to standard error."""
    from cnnlab.engine.archive import open_project

    with readable_errors():
        found = open_project(path)
    for note in found.notes:
        typer.echo(str(note), err=True)
    return found


def tell_untrained(path: Path, loaded: Loaded) -> None:
    """Ends the command where no layer of the network in ``path`` has been trained; where some have not, they are named."""
    untrained = (*loaded.restarted, *loaded.fresh)
    if untrained and not loaded.kept:
        fail(_("The network in “{path}” has not been trained yet: “cnnlab train” trains it.", path=path))
    if untrained:
        typer.echo(
            _(
                "These layers have changed since the training, so the results mean little: {layers}.",
                layers=", ".join(untrained),
            ),
            err=True,
        )


def ended_by(number: int) -> int:
    """The exit status of a command that a signal ended, as shells have it: 130 after Ctrl+C, 143 after SIGTERM."""
    return 128 + number


@contextmanager
def readable_errors() -> Generator[None]:
    """A ``Refusal`` ends the command with its words; other errors pass, to be reported as ours."""
    try:
        yield
    except Refusal as refusal:
        log.info("refused", exc_info=True)
        fail(str(refusal))


def fail(text: str) -> NoReturn:
    """End the command with one sentence on standard error."""
    typer.echo(text, err=True)
    sys.exit(FAILED)


def refuse_to_replace(path: Path, force: bool) -> None:
    """Ends the command where there is a file at ``path``, unless by ``force``."""
    if path.exists() and not force:
        fail(
            _(
                "“{path}” already exists and is unchanged. Choose another name, or add --force to replace it.",
                path=path,
            )
        )
