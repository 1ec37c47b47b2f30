from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.inspection.drawing import prepare_drawing
from cnnlab.engine.inspection.inputs import picture_as_drawing
from cnnlab.engine.system.resources import resource

Grey = NDArray[np.uint8]


def digit(index: int) -> Grey:
    return mnist().test.images[index, 0].numpy()


def photo(ink: Grey, paper: int = 210, pen: int = 50, noise: float = 6, shadow: float = 50) -> Grey:
    """A digit of 280 px on a sheet of 500 px, lit from one side; ``(500, 500, 3)``."""
    random = np.random.default_rng(0)
    covered = np.zeros((500, 500))
    covered[120:400, 60:340] = np.asarray(Image.fromarray(ink).resize((280, 280), Image.Resampling.BICUBIC)) / 255
    light = (paper - shadow * np.linspace(0, 1, 500)) / paper
    grey = light * (paper * (1 - covered) + pen * covered) + random.normal(0, noise, (500, 500))
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def difference(drawing: Grey, original: Grey) -> float:
    return float(np.abs(prepare_drawing(drawing).centred.astype(int) - original).mean())


@pytest.mark.parametrize("index", range(12))
def test_dark_or_light_ink_is_found_alike(index: int) -> None:
    original = digit(index)
    assert difference(picture_as_drawing(original), original) < 2
    assert difference(picture_as_drawing(255 - original), original) < 2
    np.testing.assert_array_equal(picture_as_drawing(original), picture_as_drawing(255 - original))


@pytest.mark.slow
@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param({}, id="pen"),
        pytest.param({"pen": 140}, id="pencil"),
        pytest.param({"paper": 120, "pen": 30, "shadow": 30}, id="dim light"),
        pytest.param({"noise": 15}, id="grain"),
        pytest.param({"shadow": 0, "noise": 0}, id="clean"),
    ],
)
@pytest.mark.parametrize("board", [False, True], ids=["paper", "blackboard"])
def test_a_photo_of_a_digit_becomes_that_digit(sheet: dict[str, Any], board: bool) -> None:
    """In mean grey levels: a shift by one pixel would be 35, an empty picture 33."""
    differences = []
    for index in range(20):
        picture = photo(digit(index), **sheet)
        differences.append(difference(picture_as_drawing(255 - picture if board else picture), digit(index)))
    assert np.mean(differences) < 14
    assert max(differences) < 28


def test_paper_and_its_noise_leave_nothing_behind() -> None:
    drawing = picture_as_drawing(photo(digit(1), noise=12))
    assert not drawing[:90].any()
    assert not drawing[430:].any()
    assert drawing.max() == 255


@pytest.mark.parametrize("noise", [0, 3, 8])
def test_empty_paper_is_an_empty_drawing(noise: float) -> None:
    assert not picture_as_drawing(photo(np.zeros((28, 28), np.uint8), noise=noise)).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (2, 2), (3, 5, 3), (4000, 3)])
def test_pictures_of_any_size_are_taken(shape: tuple[int, ...]) -> None:
    drawing = picture_as_drawing(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    assert drawing.dtype == np.uint8
    assert drawing.ndim == 2
    assert max(drawing.shape) <= 560


def test_a_photo_of_something_else_is_a_drawing_too() -> None:
    drawing = picture_as_drawing(np.asarray(Image.open(resource("photos", "coffee.jpg"))))
    assert drawing.shape == (373, 560)
