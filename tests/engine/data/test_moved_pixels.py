from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as tv

from cnnlab.engine.data import transforms


def pictures(count: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize(("axis", "oracle"), [(3, tv.horizontal_flip), (2, tv.vertical_flip)])
def test_only_those_chosen_are_mirrored(axis: int, oracle: object) -> None:
    images, chosen = pictures(7, 3, 5, 8), torch.tensor([True, False, True, True, False, False, True])
    result = transforms.flip(images, chosen, axis)
    for image, mirrored, out in zip(images, chosen, result, strict=True):
        assert torch.equal(out, oracle(image) if mirrored else image)


def test_a_crop_is_torchvisions_of_the_padded_picture() -> None:
    images, padding = pictures(25, 3, 6, 9), 2
    tops, lefts = torch.arange(25) // 5, torch.arange(25) % 5
    result = transforms.crop(images, padding, tops, lefts)
    for image, top, left, out in zip(images, tops.tolist(), lefts.tolist(), result, strict=True):
        assert torch.equal(out, tv.crop(tv.pad(image, [padding]), top, left, 6, 9))


def inverse(angle: float, right: float, down: float, scale: float) -> list[float]:
    along, across = math.cos(math.radians(angle)) / scale, math.sin(math.radians(angle)) / scale
    return [along, across, -along * right - across * down, -across, along, across * right - along * down]


@pytest.mark.parametrize("size", [(28, 28), (17, 24)])
def test_an_affine_change_is_torchvisions(size: tuple[int, int]) -> None:
    changes = [(0, 0, 0, 1), (30, 0, 0, 1), (-75, 0, 0, 1), (0, 3, -2, 1), (0, 0, 0, 1.3), (20, -4, 5, 0.8)]
    images = pictures(len(changes), 2, *size)
    result = transforms.affine(images, torch.tensor([inverse(*change) for change in changes]))
    for image, (angle, right, down, scale), out in zip(images, changes, result, strict=True):
        expected = tv.affine(
            image.float(), angle, [right, down], scale, [0.0, 0.0], InterpolationMode.BILINEAR, fill=[0.0]
        )
        inside = tv.affine(
            torch.ones(1, *size), angle, [right, down], scale, [0.0, 0.0], InterpolationMode.BILINEAR, fill=[0.0]
        )
        # Along the edge torchvision mixes the fill in after the sampling.
        whole = (inside > 0.999).expand_as(out)
        assert whole.float().mean() > 0.3
        torch.testing.assert_close(out[whole], expected[whole], rtol=0, atol=0.02)
        assert out[:, inside[0] == 0].count_nonzero() == 0


@pytest.mark.parametrize(("right", "down"), [(0, 0), (3, -2), (-5, 4)])
def test_a_move_by_whole_pixels_is_that_part_of_the_padded_picture(right: int, down: int) -> None:
    images = pictures(2, 3, 17, 24)
    result = transforms.affine(images, torch.tensor([inverse(0, right, down, 1)] * 2))
    expected = torch.nn.functional.pad(images.float(), (right, -right, down, -down))
    torch.testing.assert_close(result, expected, rtol=0, atol=0.01)


def test_a_quarter_turn_moves_every_pixel_to_its_place() -> None:
    images = pictures(2, 1, 9, 9)
    result = transforms.affine(images, torch.tensor([inverse(90, 0, 0, 1), inverse(180, 0, 0, 1)]))
    torch.testing.assert_close(result[0], images[0].rot90(-1, (1, 2)).float(), rtol=0, atol=0.01)
    torch.testing.assert_close(result[1], images[1].rot90(2, (1, 2)).float(), rtol=0, atol=0.01)


def test_a_rectangle_is_blotted_out_and_nothing_else() -> None:
    images = pictures(3, 3, 8, 6)
    boxes = torch.tensor([[1, 2, 3, 4], [0, 0, 8, 6], [5, 5, 0, 1]])
    fill = torch.tensor([10.0, 20.0, 30.0]).view(3, 1, 1)
    result = transforms.erase(images, boxes, fill)
    for image, (top, left, height, width), out in zip(images, boxes.tolist(), result, strict=True):
        assert torch.equal(out, tv.erase(image.float(), top, left, height, width, fill))
