from __future__ import annotations

import itertools
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import functional as tv

from cnnlab.core.data.preprocessing import Fit, Preprocessing
from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.data.preparation import PreparationError, fitted, prepare

COLOUR = Preprocessing((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def pictures(count: int, channels: int, height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count + channels)
    return torch.randint(0, 256, (count, channels, height, width), dtype=torch.uint8, generator=generator)


def formula(images: torch.Tensor, preprocessing: Preprocessing) -> torch.Tensor:
    """ToTensor and Normalize, written out in float64."""
    mean, std = (torch.tensor(v, dtype=torch.float64).view(-1, 1, 1) for v in (preprocessing.mean, preprocessing.std))
    return (images.to(torch.float64) / 255 - mean) / std


def assert_near(result: torch.Tensor, expected: torch.Tensor, tolerance: float = 2e-6) -> None:
    assert result.dtype == torch.float32
    torch.testing.assert_close(result.to(torch.float64), expected, rtol=tolerance, atol=tolerance)


def test_mnist_at_its_own_size_is_the_plain_formula() -> None:
    images = mnist().test.images[:200]
    assert_near(prepare(images, Preprocessing(), (1, 28, 28)), formula(images, Preprocessing()))


def test_mnist_is_prepared_to_mean_0_and_deviation_1() -> None:
    result = prepare(mnist().train.images[:20_000], Preprocessing(), (1, 28, 28))
    assert abs(result.mean().item()) < 0.01
    assert abs(result.std().item() - 1) < 0.01


@pytest.mark.parametrize("fit", ["pad", "resize", "crop"])
def test_each_channel_has_its_own_mean(fit: Fit) -> None:
    images = pictures(4, 3, 32, 20)
    preprocessing = Preprocessing(COLOUR.mean, COLOUR.std, fit)
    assert_near(prepare(images, preprocessing, (3, 32, 20)), formula(images, preprocessing))


def test_lenet_gets_the_digit_in_the_middle_of_the_background() -> None:
    images = mnist().test.images[:20]
    canvas = torch.zeros(20, 1, 32, 32, dtype=torch.uint8)
    canvas[:, :, 2:30, 2:30] = images
    assert_near(prepare(images, Preprocessing(), (1, 32, 32)), formula(canvas, Preprocessing()))


@settings(max_examples=60, deadline=None)
@given(*[st.integers(1, 12)] * 4)
def test_padding_keeps_the_middle(height: int, width: int, to_height: int, to_width: int) -> None:
    """What both sizes share comes through unchanged; all else is background."""
    images = pictures(2, 1, height, width).clamp(min=1)
    raw = Preprocessing((0.0,), (1.0,))
    result = prepare(images, raw, (1, to_height, to_width))
    rows, columns = min(height, to_height), min(width, to_width)
    assert result.count_nonzero() == 2 * rows * columns
    for axis, length in [(2, to_height), (3, to_width)]:
        filled = result.nonzero()[:, axis]
        assert abs(filled.min() - (length - 1 - filled.max())) <= 1
    placed = [
        formula(images[:, :, top : top + rows, left : left + columns], raw)
        for top in {(height - rows) // 2, (height - rows + 1) // 2}
        for left in {(width - columns) // 2, (width - columns + 1) // 2}
    ]
    found = result[result != 0].view(2, 1, rows, columns).to(torch.float64)
    assert any(torch.allclose(found, option, atol=1e-6) for option in placed)


@pytest.mark.parametrize(("size", "to"), [((28, 28), (32, 32)), ((28, 28), (14, 14)), ((50, 31), (28, 28))])
def test_resizing_is_pillows_bilinear(size: tuple[int, int], to: tuple[int, int]) -> None:
    images = pictures(3, 1, *size)
    resized = [
        np.asarray(Image.fromarray(image[0].numpy().astype(np.float32)).resize(to[::-1], Image.Resampling.BILINEAR))
        for image in images
    ]
    expected = formula(torch.from_numpy(np.stack(resized)[:, None]), Preprocessing())
    assert_near(prepare(images, Preprocessing(fit="resize"), (1, *to)), expected, tolerance=1e-4)


@pytest.mark.parametrize(
    ("size", "to"), [((40, 60), (28, 28)), ((60, 40), (28, 28)), ((30, 31), (8, 24)), ((9, 7), (28, 28))]
)
def test_cropping_is_torchvisions_resize_and_centre_crop(size: tuple[int, int], to: tuple[int, int]) -> None:
    images = pictures(3, 3, *size)
    scale = max(to[0] / size[0], to[1] / size[1])
    covering = [max(length, round(before * scale)) for length, before in zip(to, size, strict=True)]
    scaled = tv.resize(images.to(torch.float32), covering, tv.InterpolationMode.BILINEAR, antialias=True)
    top, left = (covering[0] - to[0]) // 2, (covering[1] - to[1]) // 2
    expected = formula(scaled[:, :, top : top + to[0], left : left + to[1]], Preprocessing())
    assert_near(prepare(images, Preprocessing(fit="crop"), (3, *to)), expected, tolerance=1e-4)


def test_cropping_keeps_proportions_and_the_middle() -> None:
    disc = torch.zeros(1, 1, 60, 100, dtype=torch.uint8)
    rows, columns = torch.arange(60)[:, None] - 29.5, torch.arange(100) - 49.5
    disc[0, 0][rows**2 + columns**2 < 20**2] = 255
    result = prepare(disc, Preprocessing((0.0,), (1.0,), "crop"), (1, 30, 30))[0, 0]
    torch.testing.assert_close(result, result.T, rtol=0, atol=0.1)
    torch.testing.assert_close(result, result.flip(0), rtol=0, atol=1e-4)
    assert abs(result.sum().item() - 3.14159 * 10**2) < 3


@pytest.mark.parametrize("fit", ["pad", "resize", "crop"])
def test_a_grey_picture_is_repeated_for_a_network_of_colours(fit: Fit) -> None:
    images = pictures(2, 1, 28, 28)
    preprocessing = Preprocessing(COLOUR.mean, COLOUR.std, fit)
    result = prepare(images, preprocessing, (3, 32, 32))
    assert_near(result, prepare(images.repeat(1, 3, 1, 1), preprocessing, (3, 32, 32)).to(torch.float64))


def test_one_mean_serves_all_channels() -> None:
    images = pictures(2, 3, 8, 8)
    assert_near(prepare(images, Preprocessing(), (3, 8, 8)), formula(images, Preprocessing()))


def test_colours_become_the_grey_value_that_pillow_gives() -> None:
    images = pictures(3, 3, 16, 16)
    greys = torch.stack(
        [torch.from_numpy(np.array(Image.fromarray(image.permute(1, 2, 0).numpy()).convert("L"))) for image in images]
    )
    result = prepare(images, Preprocessing((0.0,), (1.0,)), (1, 16, 16)) * 255
    torch.testing.assert_close(result[:, 0], greys.to(torch.float32), rtol=0, atol=0.51)  # Pillow rounds


def test_one_picture_alone_is_prepared_as_in_a_batch() -> None:
    images = mnist().test.images[:64]
    colours = pictures(64, 3, 30, 26)
    for some in (images, colours):
        for fit, shape in itertools.product(get_args(Fit), [(1, 28, 28), (1, 32, 32), (1, 17, 20)]):
            preprocessing = Preprocessing(fit=fit)
            alone = torch.cat([prepare(image[None], preprocessing, shape) for image in some])
            assert prepare(some, preprocessing, shape).equal(alone)  # bit for bit: processes share batches


def test_preparing_is_fitting_and_normalising() -> None:
    images, raw = pictures(5, 3, 9, 11), Preprocessing((0.0,), (1.0,))
    for fit in ("pad", "resize", "crop"):
        preprocessing = Preprocessing(COLOUR.mean, COLOUR.std, fit)
        between = fitted(images, preprocessing, (3, 8, 8))
        assert 0 <= between.min() <= between.max() <= 255
        assert_near(prepare(images, preprocessing, (3, 8, 8)), formula(between, preprocessing))
    assert fitted(images, raw, (3, 9, 11)).dtype == torch.uint8


def test_training_prepares_after_an_evaluation() -> None:
    preprocessing = Preprocessing((0.111,), (0.222,))
    with torch.inference_mode():
        prepare(pictures(1, 1, 8, 8), preprocessing, (1, 8, 8))
    assert not prepare(pictures(1, 1, 8, 8), preprocessing, (1, 8, 8)).is_inference()


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 32, 32), (3, 28, 28)])
def test_the_pictures_are_left_as_they_are(shape: tuple[int, int, int]) -> None:
    images = pictures(2, 1, 28, 28)
    before = images.clone()
    prepare(images, Preprocessing(), shape).add_(1)
    assert images.equal(before)


def test_no_pictures_give_an_empty_batch() -> None:
    assert prepare(pictures(0, 1, 28, 28), Preprocessing(), (1, 32, 32)).shape == (0, 1, 32, 32)


@pytest.mark.parametrize(("stored", "channels"), [(1, 1), (1, 3), (3, 1), (3, 3), (1, 2), (2, 2), (4, 4)])
def test_the_result_has_the_networks_shape(stored: int, channels: int) -> None:
    for fit in ("pad", "resize", "crop"):
        result = prepare(pictures(5, stored, 9, 11), Preprocessing(fit=fit), (channels, 12, 7))
        assert result.shape == (5, channels, 12, 7)
        assert result.is_contiguous()


@pytest.mark.parametrize(("stored", "channels"), [(3, 2), (2, 1), (2, 3), (4, 1)])
def test_channels_without_a_meaning_are_refused(stored: int, channels: int) -> None:
    with pytest.raises(PreparationError, match=f"have {stored} channels, and the Input asks for {channels}"):
        prepare(pictures(1, stored, 8, 8), Preprocessing(), (channels, 8, 8))


def test_means_that_do_not_fit_the_channels_are_refused() -> None:
    with pytest.raises(PreparationError, match="3 means, and the Input has 1 channels"):
        prepare(pictures(1, 1, 8, 8), COLOUR, (1, 8, 8))
