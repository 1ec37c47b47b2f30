from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from cnnlab.core import templates
from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS, Augmentation
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.engine.data import augment, draws, transforms

EVERYTHING = Augmentation(
    flip_horizontal=0.5, flip_vertical=0.3, rotation=20, translation=0.1, scale=0.2, crop_padding=4, brightness=0.3,
    contrast=0.4, saturation=0.5, rgb_shift=0.1, noise=0.05, erasing=0.5,
)  # fmt: skip
ALONE = [Augmentation(**{field.name: getattr(EVERYTHING, field.name)}) for field in fields(Augmentation)]


def pictures(count: int, channels: int = 3, size: int = 32) -> Tensor:
    generator = torch.Generator().manual_seed(channels)
    return torch.randint(0, 256, (count, channels, size, size), dtype=torch.uint8, generator=generator)


def varied(images: Tensor, augmentation: Augmentation, indices: Tensor, epoch: int = 1, seed: int = 0) -> Tensor:
    keys = draws.keys(seed, epoch, indices)
    directions = transforms.directions([pictures(20)]) if images.shape[1] == 3 else None
    return augment.augmented(images, augmentation, Preprocessing((0.2,), (0.3,)), keys, directions)


def name(augmentation: Augmentation) -> str:
    return "+".join(field.name for field in fields(Augmentation) if getattr(augmentation, field.name))


@pytest.mark.parametrize("augmentation", [*ALONE, EVERYTHING], ids=lambda each: name(each)[:20])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_has_the_same_bits_in_any_batch(augmentation: Augmentation, channels: int) -> None:
    images, indices = pictures(67, channels), torch.arange(100, 167)
    whole = varied(images, augmentation, indices)
    assert whole.shape == images.shape
    for size in (1, 2, 5, 33):
        parts = [
            varied(part, augmentation, some) for part, some in zip(images.split(size), indices.split(size), strict=True)
        ]
        assert torch.equal(torch.cat(parts), whole)
    order = torch.randperm(67, generator=torch.Generator().manual_seed(1))
    assert torch.equal(varied(images[order], augmentation, indices[order]), whole[order])


@pytest.mark.parametrize("augmentation", ALONE, ids=name)
def test_every_setting_varies_pictures_and_from_epoch_to_epoch(augmentation: Augmentation) -> None:
    images, indices = pictures(40), torch.arange(40)
    first = varied(images, augmentation, indices)
    assert not torch.equal(first.float(), images.float())
    assert not torch.equal(first, varied(images, augmentation, indices, epoch=2))
    assert not torch.equal(first, varied(images, augmentation, indices, seed=1))
    assert torch.equal(first, varied(images, augmentation, indices))


@pytest.mark.parametrize("threads", [1, 2])
def test_bits_do_not_depend_on_threads(threads: int) -> None:
    images, indices = pictures(64, size=96), torch.arange(64)
    before = varied(images, EVERYTHING, indices)
    count = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert torch.equal(varied(images, EVERYTHING, indices), before)
    finally:
        torch.set_num_threads(count)


def test_nothing_is_done_without_settings_and_the_pictures_are_left_as_they_are() -> None:
    images = pictures(5)
    assert varied(images, Augmentation(), torch.arange(5)) is images
    for augmentation in (*ALONE, EVERYTHING):
        varied(images, augmentation, torch.arange(5))
        assert torch.equal(images, pictures(5))


def test_values_stay_within_black_and_white() -> None:
    strongest = Augmentation(**{param.name: getattr(param, "high", 1) for param in AUGMENTATION_PARAMS})
    for augmentation in (EVERYTHING, replace(strongest, crop_padding=20)):
        result = varied(pictures(50), augmentation, torch.arange(50))
        assert result.isfinite().all()
        assert result.min() >= 0
        assert result.max() <= 255


def test_shares_are_as_set() -> None:
    images = pictures(2000, 1, 8)
    indices = torch.arange(2000)
    flipped = varied(images, Augmentation(flip_horizontal=0.3), indices)
    mirrored = (flipped == images.flip(3)).all((1, 2, 3))
    assert ((flipped == images).all((1, 2, 3)) | mirrored).all()
    assert abs(mirrored.float().mean().item() - 0.3) < 0.04
    erased = varied(images, Augmentation(erasing=0.7), indices)
    assert abs((erased != images).any(3).any(2).any(1).float().mean().item() - 0.7) < 0.04


def test_every_crop_is_as_likely() -> None:
    image = torch.arange(1, 17, dtype=torch.uint8).view(1, 1, 4, 4)
    crops = varied(image.expand(9000, -1, -1, -1), Augmentation(crop_padding=1), torch.arange(9000))
    distinct, counts = crops.flatten(1).unique(dim=0, return_counts=True)
    assert len(distinct) == 9
    assert counts.min() > 850
    assert counts.max() < 1150


@pytest.mark.parametrize(
    ("setting", "maximum"), [({"brightness": 0.25}, 0.25), ({"scale": 0.25}, 0.25), ({"translation": 0.25}, 0.25)]
)
def test_the_most_is_reached_and_not_passed(setting: dict[str, Any], maximum: float) -> None:
    """Measured on the pictures: mean grey, size and place of a square in the middle of black."""
    square = torch.zeros(1, 1, 64, 64, dtype=torch.uint8)
    square[:, :, 24:40, 24:40] = 160
    result = varied(square.expand(3000, -1, -1, -1), Augmentation(**setting), torch.arange(3000)).float()
    total = result.sum((1, 2, 3))
    if "brightness" in setting:
        changes = total / square.sum() - 1
    elif "scale" in setting:
        changes = (total / square.sum()).sqrt() - 1
    else:
        changes = ((result.sum((1, 2)) * torch.arange(64)).sum(1) / total - 31.5) / 64
    assert changes.abs().max() < maximum + 0.01
    assert changes.max() > maximum - 0.01
    assert changes.min() < -maximum + 0.01
    assert abs(changes.mean().item()) < 0.02


def test_pictures_turn_both_ways_by_at_most_the_angle() -> None:
    bar = torch.zeros(1, 1, 33, 33, dtype=torch.uint8)
    bar[:, :, 16, 16:] = 255  # from the middle to the right
    result = varied(bar.expand(1000, -1, -1, -1), Augmentation(rotation=40), torch.arange(1000))
    away = torch.arange(33) - 16.0
    right, down = (result.sum((1, 2)) * away).sum(1), (result.sum((1, 3)) * away).sum(1)
    angles = torch.rad2deg(torch.atan2(down, right))
    assert 38 < angles.max() < 41
    assert -41 < angles.min() < -38


def test_noise_has_the_deviation_asked_for() -> None:
    images = torch.full((50, 1, 28, 28), 128, dtype=torch.uint8)
    noise = (varied(images, Augmentation(noise=0.1), torch.arange(50)) - 128) / 255
    assert abs(noise.mean().item()) < 0.002
    assert abs(noise.std().item() - 0.1) < 0.002


def test_alexnets_shift_goes_along_the_directions() -> None:
    images = torch.full((2000, 3, 4, 4), 128, dtype=torch.uint8)
    moved = varied(images, Augmentation(rgb_shift=0.1), torch.arange(2000)) - 128
    assert (moved == moved[:, :, :1, :1]).all()  # whole channels
    coefficients = torch.linalg.solve(transforms.directions([pictures(20)]).T, moved[:, :, 0, 0].T)
    assert coefficients.mean(1).abs().max() < 0.01
    assert (coefficients.std(1) - 0.1).abs().max() < 0.01
    assert (torch.corrcoef(coefficients) - torch.eye(3)).abs().max() < 0.1


def test_a_rectangle_is_blotted_out_in_the_colour_of_nothing() -> None:
    images = torch.full((500, 3, 32, 32), 255, dtype=torch.uint8)
    result = varied(images, Augmentation(erasing=1.0), torch.arange(500))
    gone = result != 255
    assert torch.equal(result[gone].unique(), torch.tensor([0.2]) * 255)  # the mean of the preprocessing
    assert torch.equal(gone[:, 0], gone[:, 1])
    shares = gone[:, 0].float().mean((1, 2))
    heights, widths = gone[:, 0].any(2).sum(1), gone[:, 0].any(1).sum(1)
    assert torch.equal(heights * widths, gone[:, 0].sum((1, 2)))  # one whole rectangle, all in the picture
    assert 0.01 < shares.min() < 0.03
    assert 0.31 < shares.max() < 0.36
    assert abs((heights > widths).float().mean() - (widths > heights).float().mean()) < 0.1
    proportions = heights / widths
    assert proportions.min() < 0.4
    assert proportions.max() > 2.5


def test_a_setting_leaves_what_another_draws_alone() -> None:
    images, indices = pictures(60), torch.arange(60)
    flips = (varied(images, Augmentation(flip_horizontal=0.5), indices) == images.flip(3)).all((1, 2, 3))
    both = varied(images, Augmentation(flip_horizontal=0.5, brightness=0.001, flip_vertical=1.0), indices)
    again = (both - images.flip((2, 3))).abs().amax((1, 2, 3)) < 1
    assert torch.equal(flips, again)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_preview_shows_what_training_gets(channels: int) -> None:
    project = templates.BY_KEY["mnist"].build()
    project = replace(project, augmentation=EVERYTHING)
    image = pictures(1, channels, 28)[0]
    shown = augment.preview(image, project, 6, seed=4)
    assert shown.shape == (6, 1, 28, 28)
    assert shown.dtype == torch.uint8
    assert len(shown.flatten(1).unique(dim=0)) == 6
    assert torch.equal(shown, augment.preview(image, project, 6, seed=4))
    assert torch.equal(shown[:2], augment.preview(image, project, 2, seed=4))


def test_the_preview_without_augmentation_is_the_picture() -> None:
    image = pictures(1, 1, 28)[0]
    shown: Any = augment.preview(image, templates.BY_KEY["mnist"].build(), 3, seed=0)
    assert torch.equal(shown, image.expand(3, 1, 28, 28))
