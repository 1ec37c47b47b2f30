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

log = logging.getLogger(__name__)

FAILED = 1
INTERRUPTED = 130
"""As shells have it: 128 and the number of SIGINT."""

ProjectFile = Annotated[Path, typer.Argument(metavar="PROJECT", help=_("A .cnnlab project file."), show_default=False)]


def opened(path: Path) -> Opened:
    """The project file; what a person should know of it goes to standard error."""
    from cnnlab.engine.archive import open_project

    with words_for_people():
        found = open_project(path)
    for note in found.notes:
        typer.echo(str(note), err=True)
    return found


@contextmanager
def words_for_people() -> Generator[None]:
    """A ``Refusal`` ends the command with its words; other errors pass, to be reported as ours."""
    try:
        yield
    except Refusal as refusal:
        log.info("refused", exc_info=True)
        fail(str(refusal))


def fail(words: str) -> NoReturn:
    """End the command with one sentence on standard error."""
    typer.echo(words, err=True)
    sys.exit(FAILED)
