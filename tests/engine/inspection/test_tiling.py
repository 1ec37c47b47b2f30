"""Tiling against the definition written as a plain loop over every value."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab.engine.inspection.tiling import GAP_INDEX, Grid, Kind, best_columns, largest, mosaic, to_indices

KINDS: tuple[Kind, ...] = ("signed", "magnitude")
stacks = arrays(
    np.float32,
    st.tuples(st.integers(1, 7), st.integers(1, 5), st.integers(1, 6)),
    elements=st.floats(-1e6, 1e6, width=32),
)


@given(stacks, st.sampled_from(KINDS))
def test_indices_are_the_nearest_steps_of_the_scale(values: np.ndarray, kind: Kind) -> None:
    top = largest(values)
    assert top == max(abs(float(value)) for value in values.flat)
    indices = to_indices(values, kind)
    assert indices.shape == values.shape
    assert indices.dtype == np.uint8
    for value, index in zip(values.flat, indices.flat, strict=True):
        share = float(value) / top if top > 1e-30 else 0.0
        exact = 128 + 127 * share if kind == "signed" else 1 + 254 * max(share, 0.0)
        assert abs(int(index) - exact) <= 0.5001
        assert index != GAP_INDEX


@given(stacks)
def test_signed_scale_is_symmetrical_about_zero(values: np.ndarray) -> None:
    up, down = to_indices(values, "signed").astype(int), to_indices(-values, "signed").astype(int)
    # A value half-way between two steps may go up on both sides.
    assert np.abs((up - 128) + (down - 128)).max() <= 1
    assert (up[values == 0] == 128).all()


def test_ends_of_the_scale() -> None:
    values = np.array([[[-2.0, 0.0, 1.0, 2.0]]], dtype=np.float32)
    assert to_indices(values, "signed").ravel().tolist() == [1, 128, 192, 255]
    assert to_indices(np.abs(values), "magnitude").ravel().tolist() == [255, 1, 128, 255]
    assert to_indices(values, "signed", top=1.0).ravel().tolist() == [1, 128, 255, 255]


@pytest.mark.parametrize("kind", KINDS)
def test_values_that_are_no_numbers_hide_nothing_else(kind: Kind) -> None:
    clean = np.array([[[-4.0, 1.0, 4.0, 0.0, 0.0, 0.0]]], dtype=np.float32)
    dirty = clean.copy()
    dirty[0, 0, 3:] = [np.nan, np.inf, -np.inf]
    assert largest(dirty) == 4.0
    expected = to_indices(clean, kind).ravel().tolist()
    assert to_indices(dirty, kind).ravel().tolist() == [*expected[:4], 255, 1]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fill", [0.0, 1e-40, math.nan])
def test_flat_layers_show_zero(kind: Kind, fill: float) -> None:
    indices = to_indices(np.full((2, 3, 3), fill, dtype=np.float32), kind)
    assert set(indices.ravel().tolist()) == {128 if kind == "signed" else 1}


def test_nothing_has_no_scale() -> None:
    assert largest(np.zeros((0, 3, 3), dtype=np.float32)) == 0.0


@given(stacks, st.integers(1, 9), st.integers(0, 3))
def test_every_value_is_found_where_the_grid_says(values: np.ndarray, columns: int, gap: int) -> None:
    indices = to_indices(values, "signed")
    count, height, width = values.shape
    grid = Grid(count, height, width, columns, gap)
    sheet = mosaic(indices, columns, gap)
    assert sheet.shape == grid.shape
    seen = set()
    for row in range(-1, sheet.shape[0] + 1):
        for column in range(-1, sheet.shape[1] + 1):
            cell = grid.locate(row, column)
            if cell is not None:
                assert sheet[row, column] == indices[cell]
                tile, y, x = cell
                assert grid.origin(tile) == (row - y, column - x)
                seen.add(cell)
            elif 0 <= row < sheet.shape[0] and 0 <= column < sheet.shape[1]:
                assert sheet[row, column] == GAP_INDEX
    assert len(seen) == values.size


@given(st.integers(1, 60), st.integers(1, 9), st.integers(1, 9), st.floats(0.2, 5.0))
def test_best_columns_is_never_beaten(tiles: int, height: int, width: int, aspect: float) -> None:
    def cell(columns: int) -> float:
        sheet_height, sheet_width = Grid(tiles, height, width, columns, 1).shape
        return min(aspect / sheet_width, 1 / sheet_height)

    best = cell(best_columns(tiles, height, width, aspect))
    assert all(best >= cell(columns) for columns in range(1, tiles + 1))


@pytest.mark.process
def test_tiling_needs_no_torch() -> None:
    code = "import sys, cnnlab.engine.inspection.tiling; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
