"""The commands for data sets: which there are, and fetching one."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnlab.cli.shared import INTERRUPTED, fail, readable_errors
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import byte_count

app = typer.Typer(help=_("List the data sets, and download published ones."), no_args_is_help=True)


@app.command(
    "list",
    help=_(
        "List the data sets: name, what it is, and where its pictures are, in columns; in a pipe, separated by tabs."
    ),
)
def _list() -> None:
    from cnnlab.engine.data import set_folders
    from cnnlab.engine.system import text_table

    rows = []
    for name, source in SOURCES.items():
        if not source.has_pictures:
            continue
        if source.bundled:
            where = _("comes with cnnlab")
        elif not source.downloads:
            where = _("any folder that holds one folder of pictures for each class")
        elif set_folders.is_here(name):
            where = str(set_folders.home(name))
        else:
            where = _("not downloaded yet; {size}", size=byte_count(source.download_bytes))
        rows.append((name, str(source.title), where))
    width = text_table.terminal_width()
    for line in map("\t".join, rows) if width is None else text_table.lines(rows, texts=3, broken=2, width=width):
        typer.echo(line)


@app.command(
    "fetch",
    help=_(
        "Download a data set over https into cnnlab's own folder, where training finds it. Ctrl+C stops; the "
        "same command resumes the download."
    ),
)
def _fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("As “cnnlab data list” calls it."), show_default=False)],
) -> None:
    if name not in SOURCES or not SOURCES[name].downloads:
        known = ", ".join(each for each, source in SOURCES.items() if source.downloads)
        fail(_("“{name}” is not a data set that can be downloaded. These are: {known}.", name=name, known=known))
    from cnnlab.cli.train.download_bar import download_bar
    from cnnlab.engine.data import fetching

    try:
        with readable_errors(), download_bar(name) as progress:
            folder = fetching.fetch(name, progress=progress)
    except KeyboardInterrupt:
        typer.echo(_("Stopped. What was downloaded is kept: the same command resumes the download."), err=True)
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(str(folder))
