"""Tables of texts: columns that align, nothing left out, and no row broken but where a terminal asks for it."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cnnlab.engine.system import text_table

LETTERS = st.sampled_from("ab7.,%[]é“深度学习ー")
HEADINGS = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=5)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    heading = draw(HEADINGS)
    rows = st.lists(st.text(LETTERS, max_size=12), min_size=len(heading), max_size=len(heading))
    return [heading, *draw(st.lists(rows, max_size=5))]


def padded(row: list[str], widths: list[int], texts: int) -> str:
    """The oracle: every cell with the blanks that its column asks for."""
    blanks = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
    return "  ".join(c + b if at < texts else b + c for at, (c, b) in enumerate(zip(row, blanks, strict=True))).rstrip()


@given(rows=tables(), texts=st.integers(0, 5), width=st.sampled_from([None, 200]))
def test_columns_align_whatever_the_letters_are(rows: list[list[str]], texts: int, width: int | None) -> None:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    assert text_table.lines(rows, texts=texts, width=width) == [padded(row, widths, texts) for row in rows]


@given(
    names=st.lists(st.text(st.sampled_from("abc 深度"), max_size=90), min_size=1, max_size=5),
    width=st.sampled_from([60, 80, 200]),
)
def test_a_narrow_terminal_breaks_one_column_and_loses_nothing(names: list[str], width: int) -> None:
    rows = [(name, "12,345", "98.61 %") for name in names]
    made = text_table.lines(rows, width=width)
    assert max(map(cell_len, made)) <= width
    assert sum(line.endswith("  12,345  98.61 %") or line == "12,345  98.61 %" for line in made) == len(rows)
    left = "".join(line.replace("12,345  98.61 %", "") for line in made)
    assert "".join(left.split()) == "".join("".join(names).split())


def test_numbers_that_no_line_could_hold_stay_whole() -> None:
    rows = [["深度学习", *(f"{number:,}" for number in range(10**6, 10**6 + 30))]] * 2
    assert text_table.lines(rows, width=60) == text_table.lines(rows)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_terminal_has_a_width_and_a_pipe_has_none(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert text_table.terminal_width() is None
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert text_table.terminal_width() == width
