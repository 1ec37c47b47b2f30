from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as tv

from cnnlab.engine.data import transforms


def pictures(count: int, channels: int) -> Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, channels, 12, 10), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("ours", "oracle"),
    [
        (transforms.brightness, tv.adjust_brightness),
        (transforms.contrast, tv.adjust_contrast),
        (transforms.saturation, tv.adjust_saturation),
    ],
)
def test_each_picture_is_changed_as_torchvision_changes_it(
    ours: Callable[[Tensor, Tensor], Tensor], oracle: Callable[[Tensor, float], Tensor], channels: int
) -> None:
    factors = torch.tensor([0.0, 0.4, 1.0, 1.6, 2.0])
    images = pictures(5, channels)
    for pixels in (images, images.float()):
        result = ours(pixels, factors)
        for image, factor, out in zip(images, factors.tolist(), result, strict=True):
            expected = oracle(image.float() / 255, factor) * 255
            # torchvision's weights of the colours have four digits.
            torch.testing.assert_close(out.float(), expected, rtol=0, atol=0.1)


def test_a_factor_of_one_changes_nothing() -> None:
    images = pictures(4, 3)
    for change in (transforms.brightness, transforms.contrast, transforms.saturation):
        assert torch.equal(change(images, torch.ones(4)), images.float())


def test_a_shift_moves_whole_channels_and_stays_in_range() -> None:
    images = pictures(2, 3)
    amounts = torch.tensor([[10.0, -20.0, 0.0], [300.0, -300.0, 5.0]])
    result = transforms.shift(images, amounts)
    assert torch.equal(result, (images + amounts[:, :, None, None]).clamp(0, 255))
    assert (result[1, 0] == 255).all()
    assert (result[1, 1] == 0).all()


def test_directions_are_eigenvectors_times_eigenvalues_of_all_pixels() -> None:
    base = pictures(30, 3).float()
    mixed = torch.einsum("dc,nchw->ndhw", torch.tensor([[0.6, 0.2, 0.2], [0.3, 0.5, 0.1], [0.1, 0.1, 0.6]]), base)
    images = mixed.to(torch.uint8)
    found = transforms.directions(images.split(7)).numpy()
    pixels = images.numpy().transpose(1, 0, 2, 3).reshape(3, -1) / 255
    values, vectors = np.linalg.eigh(np.cov(pixels, bias=True))
    for row, value, vector in zip(found, values, vectors.T, strict=True):
        sign = 1 if vector.sum() >= 0 else -1
        np.testing.assert_allclose(row, sign * vector * value * 255, rtol=1e-4, atol=1e-5)
    assert np.array_equal(found, transforms.directions([images]).numpy())  # however it is read


def test_grey_pictures_move_along_grey() -> None:
    images = pictures(10, 1).expand(-1, 3, -1, -1)
    found = transforms.directions([images])
    assert found[:2].abs().max() < 1e-3
    assert found[2].std() < 1e-3 < found[2].min()
