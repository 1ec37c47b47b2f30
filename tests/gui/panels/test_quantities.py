"""Large counts in words that fit a panel."""

from __future__ import annotations

import pytest

from cnnlab.gui.panels.quantities import counted, short


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1 k"),
        (86_528, "86.5 k"),
        (999_949, "1 M"),
        (1_234_567, "1.23 M"),
        (11_513_626_624, "11.5 G"),
        (36 * 10**12, "36 T"),
    ],
)
def test_short_has_three_digits_and_a_unit(count: int, words: str) -> None:
    assert short(count) == words


def test_every_digit_is_there_and_a_short_form_where_they_are_many() -> None:
    assert counted(86_528) == "86,528"
    assert counted(1_234_567) == "1,234,567 (1.23 M)"
