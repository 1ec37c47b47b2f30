from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as reference

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.engine.data import derived, fingerprint, mnist
from cnnlab.engine.data.datasets import Dataset, PictureSet, load
from cnnlab.engine.inspection import inputs
from cnnlab.engine.inspection.looks import Input

pytestmark = pytest.mark.slow


def images(part: object) -> torch.Tensor:
    assert isinstance(part, PictureSet)
    return part.images


def test_sevens_are_told_from_the_others_on_the_pictures_of_mnist() -> None:
    data, digits = load(DataSettings("mnist_seven")), mnist.mnist()
    assert (data.target, data.classes, data.outputs) == (Target.BINARY, ("other", "7"), 1)
    for part, whole in zip(
        (data.train, data.validation, data.test), (digits.train, digits.validation, digits.test), strict=True
    ):
        assert images(part) is images(whole), "nothing is copied"
        assert part.labels.dtype == torch.int64
        assert torch.equal(part.labels == 1, whole.labels == 7)


@pytest.fixture(scope="module")
def turned() -> Dataset:
    return load(DataSettings("mnist_angle"))


def test_angles_are_spread_evenly_over_every_split(turned: Dataset) -> None:
    assert (turned.target, turned.classes, turned.outputs) == (Target.NUMBER, (), 1)
    assert [len(part) for part in (turned.train, turned.validation, turned.test)] == [55_000, 5_000, 10_000]
    for part in (turned.train, turned.validation, turned.test):
        assert part.labels.dtype == torch.float32
        assert part.shape == (1, 28, 28)
        counts = part.labels.histc(10, -45, 45)
        assert counts.sum() == len(part), "none is beyond 45°"
        # Of a bin's count around n / 10: five deviations of a binomial.
        assert (counts - len(part) / 10).abs().max() < 5 * math.sqrt(len(part) * 0.09)


def test_pictures_angles_and_split_are_the_same_bits_everywhere(turned: Dataset) -> None:
    assert fingerprint.of(turned) == "f5664a6f312ad0fa"
    other = derived.angle(5000, 1)
    assert not torch.equal(other.test.labels, turned.test.labels)
    assert fingerprint.of(other) != fingerprint.of(turned)
    derived.angle.cache_clear()


def test_a_digit_is_turned_counter_clockwise_by_its_label(turned: Dataset) -> None:
    upright, _digits = mnist.test_pictures()
    for index in range(0, 10_000, 500):
        angle = turned.test.labels[index].item()
        expected = reference.rotate(upright[index].float(), angle, InterpolationMode.BILINEAR)
        assert (turned.test.read([index])[0] - expected).abs().max() < 2.5, "but for the rounding of whole numbers"


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.sampled_from([7, 12, 28]))
def test_turning_by_quarters_only_moves_pixels(seed: int, side: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randint(0, 256, (4, 1, side, side), dtype=torch.uint8, generator=generator)
    result = derived.turned(pictures, torch.tensor([0.0, 90.0, 180.0, -90.0]))
    for quarters, (picture, moved) in enumerate(zip(pictures, result, strict=True)):
        assert torch.equal(moved, picture.rot90(quarters, (1, 2)))


def test_the_answer_of_a_test_picture_is_told_in_degrees_or_as_a_class() -> None:
    assert inputs.read(Input.stored(Project(data=DataSettings("mnist_angle")), 0)).label == "-14.0°"
    assert inputs.read(Input.stored(Project(data=DataSettings("mnist_seven")), 0)).label == "7"
    assert SOURCES["mnist_angle"].unit == "°"


def test_a_fingerprint_sees_every_change() -> None:
    pictures = torch.arange(2 * 4, dtype=torch.uint8).view(2, 1, 2, 2)
    part = PictureSet(pictures, torch.tensor([0, 1]))
    data = Dataset("tiny", Target.CLASSES, ("a", "b"), part, part, part)
    brighter = pictures.clone()
    brighter[1, 0, 1, 1] += 1
    others = [
        replace(data, classes=("a", "c")),
        replace(data, train=PictureSet(brighter, part.labels)),
        replace(data, test=PictureSet(pictures, torch.tensor([1, 0]))),
        replace(data, test=PictureSet(pictures.flip(0), part.labels)),
        replace(data, validation=PictureSet(pictures[:1], part.labels[:1])),
        replace(data, train=PictureSet(pictures.view(2, 1, 4, 1), part.labels)),
        replace(data, train=PictureSet(pictures, part.labels.float())),
    ]
    prints = [fingerprint.of(each) for each in (data, *others)]
    assert len(set(prints)) == len(prints)
    assert fingerprint.of(replace(data, name="renamed")) == prints[0], "the pictures are the same"
    assert len(prints[0]) == 16
