"""Numbers for people, against Python's own formatting."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.numerals import (
    NOTHING,
    answer_figure,
    byte_count,
    clock,
    counted,
    duration,
    error_figure,
    loss_figure,
    percent,
    plain,
    ratio,
    short,
    significant,
    whole,
)


@given(st.integers(-(10**30), 10**30))
def test_every_digit_of_a_count_is_there_in_groups_of_three(count: int) -> None:
    assert int(whole(count).replace(",", "")) == count
    assert re.fullmatch(r"-?\d{1,3}(,\d{3})*", whole(count))


@given(st.floats(-1e12, 1e12))
def test_a_measured_count_is_rounded(value: float) -> None:
    assert int(whole(value).replace(",", "")) == round(value)


@pytest.mark.parametrize(
    ("count", "text"),
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
def test_short_has_three_digits_and_a_unit(count: int, text: str) -> None:
    assert short(count) == text


def test_every_digit_is_there_and_a_short_form_where_they_are_many() -> None:
    assert counted(86_528) == "86,528"
    assert counted(1_234_567) == "1,234,567 (1.23 M)"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (9949, "9.9 kB"), (30_976, "31 kB"), (170_498_071, "170 MB"),
     (36e12, "36 TB"), (4e15, "4.0 PB"), (5e18, "5000 PB")],
)  # fmt: skip
def test_bytes_are_counted_in_powers_of_ten(count: float, text: str) -> None:
    assert byte_count(count) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.003, "0.003"), (2e-5, "0.00002"), (-1.25e-6, "-0.00000125"), (1e-7, "0.0000001"), (0.5, "0.5"),
     (1e-8, "1e-08"), (100.0, "100"), (-1e6, "-1000000"), (1e9, "1e+09")],
)  # fmt: skip
def test_numbers_have_no_power_of_ten_where_zeros_can_be_counted(value: float, text: str) -> None:
    assert plain(value) == text


@given(st.floats(-1e6, 1e6), st.integers(1, 12))
def test_it_is_the_number_in_so_many_digits(value: float, digits: int) -> None:
    assert float(plain(value, digits)) == float(f"{value:.{digits}g}")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-0.81234, 3, "−0.812"),
        (-0.81234, 4, "−0.8123"),
        (0.0, 3, "0"),
        (-0.0, 3, "0"),
        (0.9996, 3, "1.00"),
        (12.345, 3, "12.3"),
        (1234.5, 3, "1,230"),
        (0.00123, 3, "0.00123"),
        (0.0000123, 3, "1.23e−5"),
        (-12345678.0, 3, "−1.23e7"),
        (math.inf, 3, "∞"),
        (-math.inf, 3, "−∞"),
        (math.nan, 3, "NaN"),
    ],
)
def test_values_of_maps_have_so_many_significant_digits(value: float, digits: int, text: str) -> None:
    assert significant(value, digits) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30), st.integers(1, 6))
def test_reading_it_back_gives_the_rounded_value(value: float, digits: int) -> None:
    back = float(significant(value, digits).replace("−", "-").replace(",", ""))
    assert back == pytest.approx(float(f"{value:.{digits - 1}e}"), rel=1e-12, abs=0)


def test_percentages_have_one_decimal_or_as_many_as_asked() -> None:
    assert [percent(p) for p in (0.0, 0.973, 1.0, math.nan)] == ["0.0 %", "97.3 %", "100.0 %", "NaN"]
    assert [percent(0.98614, places) for places in (0, 2)] == ["99 %", "98.61 %"]
    assert ratio(0.98614) == "0.9861"


@pytest.mark.parametrize(
    ("value", "loss", "error"),
    [(0.0, "0.0000", "0.000°"), (0.08123, "0.0812", "0.081°"), (9.99996, "10.000", "10.000°"), (12.34567, "12.346", "12.346°"),
     (123.456, "123.46", "123.46°"), (12345.0, "12345", "12345°"), (123456.0, "1.2e+05", "1.2e+05°")],
)  # fmt: skip
def test_losses_and_errors_have_five_digits(value: float, loss: str, error: str) -> None:
    assert loss_figure(value) == loss
    assert error_figure(value, "°") == error


@given(st.floats(0, 1e300))
def test_a_loss_fits_its_place_and_is_the_loss(value: float) -> None:
    assert len(loss_figure(value)) <= len("8.8e+188")
    assert float(loss_figure(value)) == pytest.approx(value, rel=0.05, abs=5e-5)


@pytest.mark.parametrize(
    ("seconds", "text", "clocked"),
    [(0.4, "0 s", "0:00:00"), (59.4, "59 s", "0:00:59"), (59.6, "1:00 min", "0:01:00"), (125, "2:05 min", "0:02:05"),
     (7300, "2:01 h", "2:01:40"), (360_000, "100:00 h", "100:00:00")],
)  # fmt: skip
def test_durations_are_in_the_units_of_a_clock(seconds: float, text: str, clocked: str) -> None:
    assert duration(seconds) == text
    assert clock(seconds) == clocked


def test_an_answer_has_the_unit_of_its_task() -> None:
    assert answer_figure(-12.345, "°") == "-12.3°"


def test_what_is_not_known_has_a_dash() -> None:
    for write in (whole, percent, ratio, loss_figure, error_figure, duration):
        assert write(None) == NOTHING
