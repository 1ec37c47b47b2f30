from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnlab.core.data.sources import Target
from cnnlab.engine.archive.errors import ProjectError
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.runs import checksummed, probes


def pictures(labels: torch.Tensor, size: int = 4) -> PictureSet:
    images = torch.arange(len(labels)).reshape(-1, 1, 1, 1) % 256
    return PictureSet(images.to(torch.uint8).expand(-1, 1, size, size), labels)


def test_the_first_few_of_each_class() -> None:
    chosen = probes.chosen(pictures(torch.tensor([0] * 50 + [1, 2] * 50)), Target.CLASSES)
    assert sorted(chosen) == [0, 1, 2, 3, *range(50, 58)]


def test_many_classes_have_one_each_before_any_has_two() -> None:
    labels = torch.arange(200) % 50
    assert sorted(labels[list(probes.chosen(pictures(labels), Target.CLASSES))].unique().tolist()) == list(range(50))
    assert len(probes.chosen(pictures(labels), Target.CLASSES)) == probes.MAX


def test_numbers_are_spread_over_their_range() -> None:
    labels = torch.linspace(-45, 45, 1000)[torch.randperm(1000, generator=torch.Generator().manual_seed(0))]
    values = labels[list(probes.chosen(pictures(labels), Target.NUMBER))]
    assert len(values) == probes.MAX
    assert (values[0], values[-1]) == (-45, 45)
    assert (values.diff() < 2).all()


def test_large_pictures_are_few() -> None:
    assert len(probes.chosen(pictures(torch.zeros(9, dtype=torch.int64), 3000), Target.CLASSES)) == 1


def test_no_pictures_are_none() -> None:
    for target in Target:
        assert probes.chosen(pictures(torch.zeros(0, dtype=torch.int64)), target) == ()


def test_what_is_kept_are_test_pictures(patches: Dataset, tmp_path: Path) -> None:
    probes.save(tmp_path, patches)
    images, labels = probes.read(tmp_path)
    assert images.dtype == np.uint8
    assert set(labels.tolist()) == {0, 1, 2, 3}
    known = {
        image.tobytes(): label
        for image, label in zip(*(t.numpy() for t in (patches.test.images, patches.test.labels)), strict=True)
    }
    assert all(known[image.tobytes()] == label for image, label in zip(images, labels, strict=True))
    empty = PictureSet(patches.test.images[:0], patches.test.labels[:0])
    probes.save(tmp_path, replace(patches, test=empty))
    assert probes.read(tmp_path)[0][0].tobytes() in {image.tobytes() for image in patches.validation.images.numpy()}


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    (tmp_path / "probes.safetensors").write_bytes(checksummed.pack({"images": np.zeros((2, 1, 3, 3))}, {}))
    with pytest.raises(ProjectError, match="probes"):
        probes.read(tmp_path)
