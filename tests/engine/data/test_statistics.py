from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.engine.data import statistics
from cnnlab.engine.data.mnist import mnist
from cnnlab.engine.data.picture_sets import PictureSet
from cnnlab.engine.data.preparation import PreparationError, prepare
from cnnlab.engine.data.statistics import Way


def picture_set(count: int, channels: int, low: int = 20, high: int = 240) -> PictureSet:
    generator = torch.Generator().manual_seed(count)
    images = torch.randint(low, high, (count, channels, 10, 9), dtype=torch.uint8, generator=generator)
    for channel in range(channels):
        images[:, channel] //= channel + 1
    return PictureSet(images, torch.zeros(count, dtype=torch.int64))


def normalised(pictures: PictureSet, way: Way, channels: int) -> Tensor:
    mean, std = statistics.of(pictures, channels, way)
    return prepare(pictures.images, Preprocessing(mean, std), (channels, 10, 9))


def test_mnist_has_the_mean_and_deviation_that_everybody_quotes() -> None:
    train = mnist(0).train
    mean, std = statistics.of(train, 1, "zscore")
    assert (round(mean[0], 4), round(std[0], 4)) == (0.1307, 0.3081)


@pytest.mark.parametrize("channels", [1, 3, 2])
def test_zscore_gives_every_channel_mean_0_and_deviation_1(channels: int) -> None:
    result = normalised(picture_set(3000, channels), "zscore", channels).double()
    assert result.mean((0, 2, 3)).abs().max() < 1e-5
    assert (result.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-5


@pytest.mark.parametrize("channels", [1, 3])
def test_minmax_reaches_from_minus_1_to_1(channels: int) -> None:
    result = normalised(picture_set(500, channels), "minmax", channels)
    torch.testing.assert_close(result.amin((0, 2, 3)), torch.full((channels,), -1.0))
    torch.testing.assert_close(result.amax((0, 2, 3)), torch.full((channels,), 1.0))


def test_unit_leaves_black_0_and_white_1() -> None:
    assert statistics.of(picture_set(5, 3), 3, "unit") == ((0.0,), (1.0,))


def test_a_grey_network_gets_the_figures_of_grey() -> None:
    result = normalised(picture_set(500, 3), "zscore", 1)
    assert abs(result.mean().item()) < 1e-3
    assert abs(result.std().item() - 1) < 1e-3


@pytest.mark.parametrize("way", ["minmax", "zscore"])
def test_a_channel_without_differences_is_only_moved(way: Way) -> None:
    flat = PictureSet(torch.full((4, 1, 10, 9), 51, dtype=torch.uint8), torch.zeros(4, dtype=torch.int64))
    assert statistics.of(flat, 1, way) == ((0.2,), (1.0,))
    none = PictureSet(flat.images[:0], flat.labels[:0])
    assert statistics.of(none, 1, way) == ((0.0,), (1.0,))


class OnDisk:
    """Pictures that are read one by one."""

    def __init__(self, pictures: PictureSet) -> None:
        self.labels, self.shape, self.read = pictures.labels, pictures.shape, pictures.read

    def __len__(self) -> int:
        return len(self.labels)


def test_it_is_done_in_small_steps_with_the_same_result() -> None:
    pictures = picture_set(25_000, 1)
    steps = list(statistics.measuring(pictures, 1, "zscore"))
    assert steps == [11_650, 23_300, 25_000], "about a million values each"
    few = picture_set(12, 3)
    assert list(statistics.measuring(OnDisk(few), 3, "minmax")) == list(range(1, 13))
    for way in ("unit", "minmax", "zscore"):
        assert statistics.of(OnDisk(few), 3, way) == statistics.of(few, 3, way)


def test_channels_without_a_meaning_are_refused() -> None:
    with pytest.raises(PreparationError, match="have 2 channels"):
        statistics.of(picture_set(5, 2), 3, "zscore")
