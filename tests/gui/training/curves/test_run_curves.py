"""Buckets lose no peak, keep their order and stay few."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.gui.training.curves.run_curves import MAX_BUCKETS, Series


def series_of(values: np.ndarray) -> Series:
    series = Series()
    for x, y in enumerate(values.tolist()):
        series.add(x, y)
    return series


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_a_short_curve_is_drawn_point_by_point(values: list[float]) -> None:
    xs, ys = series_of(np.array(values)).arrays()
    assert list(dict.fromkeys(zip(xs.tolist(), ys.tolist(), strict=True))) == list(enumerate(values))


@pytest.mark.parametrize("count", [MAX_BUCKETS, MAX_BUCKETS + 1, 2 * MAX_BUCKETS + 1, 30_001])
def test_a_long_curve_keeps_its_peaks_and_real_points_only(count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    series = series_of(values)
    xs, ys = series.arrays()
    assert len(series) <= MAX_BUCKETS
    assert (np.diff(xs) >= 0).all()
    assert ys.min() == values.min()
    assert ys.max() == values.max()
    assert (values[xs.astype(int)] == ys).all()
    # No stretch is left out: what every bucket covers, a width of points, has one in it.
    assert np.diff(xs).max() <= 2 * math.ceil(2 * count / MAX_BUCKETS)


def test_what_is_not_finite_is_left_out() -> None:
    series = Series()
    for x, y in enumerate((1.0, math.nan, math.inf, 2.0)):
        series.add(x, y)
    assert series.arrays()[0].tolist() == [0.0, 0.0, 3.0, 3.0]


def test_what_lies_behind_a_place_is_cut() -> None:
    series = series_of(np.array([5.0, 6.0, 7.0]))
    series.cut(1.0)
    series.add(2.0, 9.0)
    assert [axis[::2].tolist() for axis in series.arrays()] == [[0.0, 1.0, 2.0], [5.0, 6.0, 9.0]]
    long = series_of(np.arange(10_000.0))
    long.cut(5000.5)
    assert long.arrays()[0].max() <= 5000
    series.cut(-1.0)
    assert len(series) == 0
