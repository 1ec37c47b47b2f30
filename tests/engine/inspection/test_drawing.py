from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.inspection.drawing import FAINT, prepare_drawing

Grey = NDArray[np.uint8]


def digits(count: int) -> Grey:
    return mnist().test.images[:count, 0].numpy()


def enlarged(picture: Grey, resample: Image.Resampling, side: int = 280) -> Grey:
    return np.array(Image.fromarray(picture).resize((side, side), resample))


def centre_of_mass(picture: Grey) -> tuple[float, float]:
    rows, columns = np.indices(picture.shape)
    return float((rows * picture).sum() / picture.sum()), float((columns * picture).sum() / picture.sum())


def a_seven(side: int = 280) -> Grey:
    image = Image.new("L", (side, side))
    ImageDraw.Draw(image).line([(60, 40), (220, 40), (120, 250)], fill=255, width=22, joint="curve")
    return np.array(image)


def test_every_mnist_picture_is_a_fixed_point_of_centring() -> None:
    """Only the crop may differ, where the outermost line of a digit is fainter than ``FAINT``."""
    for digit in digits(2000):
        rows, columns = np.nonzero(digit >= FAINT)
        whole = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].sum() == digit.sum()
        if whole and max(np.ptp(rows), np.ptp(columns)) == 19:
            np.testing.assert_array_equal(prepare_drawing(digit).centred, digit)


def test_test_pictures_painted_at_280_come_back() -> None:
    originals = digits(500)
    painted = [prepare_drawing(enlarged(digit, Image.Resampling.NEAREST)).centred for digit in originals]
    same = np.mean([np.array_equal(a, b) for a, b in zip(painted, originals, strict=True)])
    assert same > 0.85  # the others have an outermost line fainter than FAINT
    assert np.abs(np.stack(painted).astype(int) - originals).mean() < 0.1


@pytest.mark.parametrize("smooth", [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS])
def test_smoothly_painted_pictures_come_back_nearly(smooth: Image.Resampling) -> None:
    """A shift by one pixel changes a picture by 35 grey levels on average; smoothing costs a quarter of that."""
    originals = digits(300)
    painted = np.stack([prepare_drawing(enlarged(digit, smooth)).centred for digit in originals]).astype(int)
    assert np.abs(painted - originals).mean() < 10


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(0, 60), st.integers(0, 60), st.integers(FAINT, 255), st.data()
)
def test_the_steps_keep_their_promises(
    height: int, width: int, top: int, left: int, strongest: int, data: st.DataObject
) -> None:
    seed = data.draw(st.integers(0, 2**32 - 1))
    ink = np.random.default_rng(seed).integers(0, strongest, (height, width), endpoint=True).astype(np.uint8)
    ink[0, 0] = ink[-1, -1] = strongest
    raster = np.zeros((150, 160), np.uint8)
    raster[top : top + height, left : left + width] = ink
    steps = prepare_drawing(raster)
    np.testing.assert_array_equal(steps.crop, ink)
    assert max(steps.fitted.shape) == 20
    assert steps.centred.shape == (28, 28)
    assert steps.fitted.dtype == steps.centred.dtype == np.uint8
    scale = 20 / max(height, width)
    assert steps.fitted.shape == (max(1, round(height * scale)), max(1, round(width * scale)))
    assert steps.centred.sum() == steps.fitted.sum()  # nothing falls over the edge
    if not steps.empty:
        reach = [(28 - side) - 14 for side in steps.fitted.shape]
        for axis, position in enumerate(centre_of_mass(steps.centred)):
            inside = centre_of_mass(steps.fitted)[axis]
            clipped = not 0 < 14 - inside < reach[axis] + 14
            assert clipped or abs(position - 14) <= 0.5


def test_where_it_is_drawn_does_not_matter() -> None:
    seven = a_seven()[20:260, 40:240]
    results = []
    for top, left in [(0, 0), (40, 80), (17, 33)]:
        raster = np.zeros((280, 280), np.uint8)
        raster[top : top + 240, left : left + 200] = seven
        results.append(prepare_drawing(raster).centred)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_the_size_of_the_pad_hardly_matters() -> None:
    small = a_seven()
    large = np.kron(small, np.ones((3, 3), np.uint8))
    np.testing.assert_allclose(
        prepare_drawing(small).fitted.astype(int), prepare_drawing(large).fitted.astype(int), atol=12
    )


def test_ink_far_off_the_middle_stays_inside() -> None:
    """A heavy blob at the end of a thin line pulls the centre of mass so far that the line would leave the picture."""
    raster = np.zeros((200, 200), np.uint8)
    raster[100, :] = 255
    raster[81:120, 160:] = 255
    steps = prepare_drawing(raster)
    assert steps.centred[:, 0].any()
    assert steps.centred.sum() == steps.fitted.sum()


@pytest.mark.parametrize("shape", [(280, 280), (1, 1), (28, 40)])
def test_nothing_drawn_is_a_blank_picture(shape: tuple[int, int]) -> None:
    steps = prepare_drawing(np.zeros(shape, np.uint8))
    assert steps.empty
    assert steps.crop.shape == shape
    assert steps.centred.shape == (28, 28)
    assert not steps.centred.any()


def test_what_an_eraser_leaves_is_no_ink() -> None:
    assert prepare_drawing(np.full((280, 280), FAINT - 1, np.uint8)).empty
    clean, smudged = a_seven(), a_seven()
    smudged[270:, :10] = FAINT - 1
    np.testing.assert_array_equal(prepare_drawing(smudged).centred, prepare_drawing(clean).centred)


def test_specks_too_small_for_the_small_picture_are_nothing() -> None:
    raster = np.zeros((280, 280), np.uint8)
    raster[0, 0] = raster[-1, -1] = FAINT
    assert prepare_drawing(raster).empty


def test_the_drawing_is_left_as_it_is() -> None:
    raster = a_seven()
    before = raster.copy()
    prepare_drawing(raster)
    np.testing.assert_array_equal(raster, before)
