"""A bar for a download, on standard error, so that standard output holds the result only."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from cnnlab.core.data.sources import SOURCES


@contextmanager
def download_bar(name: str) -> Generator[Callable[[int], None]]:
    """Inside there is a bar for the data set ``name``, and what is given is told how many bytes there are. Nothing is shown
    where there is no terminal."""
    console = Console(stderr=True, highlight=False, markup=False)
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(str(SOURCES[name].title), total=SOURCES[name].download_bytes)
        yield lambda count: bar.update(task, completed=count)
