"""Arrays as images, whatever their width and memory layout."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnlab.gui.theme.images import indexed_image

TABLE = [0xFF000000 | (index * 65793) for index in range(256)]


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))), st.booleans())
def test_every_pixel_is_where_the_array_has_it(indices: np.ndarray, transposed: bool) -> None:
    shown = indices.T if transposed else indices
    image = indexed_image(shown, TABLE)
    assert (image.height(), image.width()) == shown.shape
    for row, column in np.ndindex(shown.shape):
        assert image.pixel(column, row) == TABLE[shown[row, column]]


def test_image_owns_its_pixels() -> None:
    indices = np.zeros((4, 3), np.uint8)
    image = indexed_image(indices, TABLE)
    indices[:] = 255
    assert image.pixel(1, 1) == TABLE[0]
