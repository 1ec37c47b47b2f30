"""Texts in columns, as a terminal or a file shows them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

_READABLE = 8
"""The smallest width, in letters, of a column that is broken into lines."""


def lines(rows: Sequence[Sequence[str]], *, texts: int = 1, broken: int = 0, width: int | None = None) -> list[str]:
    """``rows``, two blanks between their columns: the first ``texts`` to the left, the others, numbers, to the right. Letters of
    two places, as Chinese has them, count as two.

    Nothing is left out. Where a terminal of ``width`` letters is too narrow, the column ``broken`` is broken into lines; where
    that does not help, and without a width, every row is one line, however long."""
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    for column in range(len(rows[0])):
        table.add_column(justify="left" if column < texts else "right", overflow="fold", no_wrap=column != broken)
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console()
    options = console.options.update(width=10**6)
    natural = Measurement.get(console, options, table).maximum
    widest = max(breadth(row[broken]) for row in rows)
    if width is None or natural <= width or width - (natural - widest) < min(_READABLE, widest):
        width = natural
    made = console.render_lines(table, options.update(width=width), pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in made]


def breadth(line: str) -> int:
    """How many places its letters take."""
    from rich.cells import cell_len

    return cell_len(line)


def terminal_width() -> int | None:
    """Letters in a line of the terminal that standard output is; None where it is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
