from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.project.project import DataSettings
from cnnlab.engine.data.datasets import DataError, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny CIFAR-10: three training pictures of each class and two test pictures, whose first byte tells the class."""
    for split, count in (("train", 3), ("test", 2)):
        for label, name in enumerate(SOURCES["cifar10"].classes):
            place = tmp_path / split / name
            place.mkdir(parents=True)
            for number in range(count):
                pixels = np.full((32, 32, 3), (label, number, 200), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number:04}.png")
    return tmp_path


def cifar10(folder: Path, validation: int = 5) -> DataSettings:
    return DataSettings("cifar10", validation, folder=str(folder))


def test_a_folder_becomes_a_data_set_with_the_classes_of_its_folders(folder: Path) -> None:
    (folder / "train" / "cat" / ".hidden.png").write_text("no picture")
    (folder / "train" / "cat" / "notes.txt").write_text("no picture either")
    data = load(cifar10(folder))
    assert (len(data.train), len(data.validation), len(data.test)) == (25, 5, 20)
    assert data.classes == SOURCES["cifar10"].classes
    for part in (data.train, data.validation, data.test):
        assert part.images.dtype == torch.uint8
        assert part.images.shape[1:] == (3, 32, 32)
        assert torch.equal(part.images[:, 0, 0, 0].long(), part.labels)  # red tells the class
        assert (part.images[:, 2] == 200).all()  # channels first, blue last
    assert load(cifar10(folder)) is data
    assert len(load(cifar10(folder, 5000)).validation) == 6, "a fifth at most"


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda folder: shutil.rmtree(folder / "test"), "needs the folder .*test.airplane"),
        (lambda folder: shutil.rmtree(folder / "train" / "truck"), "needs the folder .*truck.* does not exist"),
        (lambda folder: (folder / "train" / "cat" / "0001.png").write_bytes(b"odd"), "0001.png.* not a picture .* is in .*cat"),
        (lambda folder: Image.new("RGB", (40, 30)).save(folder / "test" / "dog" / "0000.png"), "3 × 30 × 40 .* 3 × 32 × 32"),
    ],
    ids=["no test", "no class", "no picture", "size"],
)  # fmt: skip
def test_what_a_folder_lacks_is_named(folder: Path, damage: Callable[[Path], object], text: str) -> None:
    damage(folder)
    with pytest.raises(DataError, match=text):
        load(cifar10(folder))


def test_a_class_without_pictures_is_named_where_it_has_to_be_learnt(folder: Path) -> None:
    for path in (folder / "test" / "cat").iterdir():
        path.unlink()
    assert len(load(cifar10(folder)).test) == 18
    for path in (folder / "train" / "dog").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"no pictures in .*train.dog.*Nothing was started"):
        load(cifar10(folder, validation=4))


def test_an_empty_folder_has_no_pictures(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        path.unlink()
    with pytest.raises(DataError, match="no pictures in"):
        load(cifar10(folder))


@pytest.mark.parametrize("source", [name for name, source in SOURCES.items() if not source.bundled])
def test_a_set_that_is_not_here_says_what_to_do(source: str) -> None:
    with pytest.raises(DataError, match=r"[Cc]hoose the folder|open a picture file"):
        load(DataSettings(source))
