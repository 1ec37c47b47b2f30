"""Folders as people have them: hidden things, links in circles, numbers for names, pictures that are none."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cnnlab.core.project.project import DataSettings
from cnnlab.engine.data import fingerprint, folder_scan, pictures
from cnnlab.engine.data.datasets import DataError, FolderSet, PictureSet, load, of
from cnnlab.engine.system import memory

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes pictures of one class: ``save("train/cats", 3)``; their red tells which."""

    def save(place: str, count: int, size: tuple[int, int] = (12, 8), suffix: str = ".png") -> Path:
        folder = tmp_path / place
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            Image.new("RGB", size, (number, 200, 100)).save(folder / f"{number:03}{suffix}")
        return folder

    return save


def settings(folder: Path, **values: Any) -> DataSettings:
    return DataSettings("folder", folder=str(folder), **values)


def test_classes_come_in_natural_order_and_what_is_no_class_is_left_out(save: Save, tmp_path: Path) -> None:
    for name in ("10", "9", "2", "b", "A"):
        save(name, 2)
    for name in (".git", "__MACOSX", "empty", "2/.thumbnails"):
        save(name, 0 if name == "empty" else 2)
    (tmp_path / "empty" / "notes.txt").write_text("none")
    (tmp_path / "2" / "._002.png").write_bytes(b"of a Mac")
    (tmp_path / "9" / "folder.jpg").mkdir()
    found = folder_scan.scan(tmp_path)
    assert found.classes == folder_scan.found(tmp_path) == ("2", "9", "10", "A", "b")
    assert [label for _path, label in found.train] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert (found.validation, found.test) == (None, None)


@given(st.permutations(["x1", "x2", "x10", "x10b", "x11", "y", "Y2"]))
def test_natural_order_counts_as_people_do(names: list[str]) -> None:
    assert sorted(names, key=folder_scan.natural) == ["x1", "x2", "x10", "x10b", "x11", "y", "Y2"]


@given(st.lists(st.text(max_size=8), max_size=6, unique=True))
def test_any_names_have_one_order(names: list[str]) -> None:
    assert sorted(names, key=folder_scan.natural) == sorted(names[1:] + names[:1], key=folder_scan.natural)


def test_links_to_folders_are_not_followed(save: Save, tmp_path: Path) -> None:
    save("cats", 2)
    save("dogs", 2)
    os.symlink(tmp_path, tmp_path / "cats" / "circle", target_is_directory=True)
    os.symlink(tmp_path / "cats", tmp_path / "again", target_is_directory=True)
    os.symlink(tmp_path / "cats" / "000.png", tmp_path / "dogs" / "000b.png")
    found = folder_scan.scan(tmp_path)
    assert found.classes == ("cats", "dogs")
    assert [Path(path).name for path, _label in found.train] == ["000.png", "001.png", "000.png", "000b.png", "001.png"]


def test_folders_in_a_class_belong_to_it(save: Save, tmp_path: Path) -> None:
    save("cats/indoors", 1)
    save("cats", 1)
    save("dogs", 1)
    assert [label for _path, label in folder_scan.scan(tmp_path).train] == [0, 0, 1]


@pytest.mark.parametrize(
    ("others", "validation", "test"),
    [(("test",), None, 4), (("val",), None, 4), (("val", "test"), 4, 4), ((), None, None)],
    ids=["train and test", "train and val", "all three", "only train"],
)
def test_the_splits_that_have_folders_are_kept(
    save: Save, tmp_path: Path, others: tuple[str, ...], validation: int | None, test: int | None
) -> None:
    for split, count in (("train", 20), *((other, 2) for other in others)):
        save(f"{split}/a", count)
        save(f"{split}/b", count)
    data = load(settings(tmp_path, validation=5, test=6), (3, 4, 4))
    assert data.classes == ("a", "b")
    assert len(data.test) == (6 if test is None else test)
    assert len(data.validation) == (5 if validation is None else validation)
    total = len(data.train) + len(data.validation) + len(data.test)
    assert total == 40 + 4 * len(others)


def test_a_single_folder_is_split_by_its_seed_without_overlap(save: Save, tmp_path: Path) -> None:
    save("a", 30)
    save("b", 20)

    def reds(seed: int) -> list[set[tuple[int, int]]]:
        data = load(settings(tmp_path, validation=10, test=10, seed=seed), (3, 8, 12))
        return [
            {
                (int(label), int(image[0, 0, 0]))
                for image, label in zip(part.read(range(len(part))), part.labels, strict=True)
            }
            for part in (data.train, data.validation, data.test)
        ]

    train, validation, test = reds(0)
    assert (len(train), len(validation), len(test)) == (32, 8, 10), "a fifth of what is left at most"
    assert train | validation | test == {(0, n) for n in range(30)} | {(1, n) for n in range(20)}
    assert {label for label, _red in test} == {0, 1}
    assert reds(0) == [train, validation, test]
    assert reds(1)[2] != test


def test_pictures_of_all_sizes_are_scaled_and_cut_as_a_picture_file_is(save: Save, tmp_path: Path) -> None:
    place = save("a", 1, (40, 20))
    save("b", 1, (15, 33))
    picture = np.random.default_rng(0).integers(0, 256, (37, 61, 3), dtype=np.uint8)
    Image.fromarray(picture).save(place / "large.png")
    data = load(settings(tmp_path, validation=0, test=0), (3, 16, 16))
    assert data.train.shape == (3, 16, 16)
    expected = pictures.fit_picture(picture, (3, 16, 16))[0]
    assert torch.equal(data.train.read([1])[0], expected)
    grey = load(settings(tmp_path, validation=0, test=0), (1, 10, 10))
    assert torch.equal(grey.train.read([1])[0], pictures.fit_picture(picture, (1, 10, 10))[0])


def test_a_project_s_pictures_have_the_size_of_its_input(save: Save, tmp_path: Path) -> None:
    from cnnlab.core import templates
    from cnnlab.core.project.changes import choose_data

    save("a", 5)
    save("b", 5)
    project = choose_data(templates.BY_KEY["cifar10"].build(), "folder", str(tmp_path), ("a", "b"))
    assert of(project).train.shape == (3, 32, 32)


def odd(folder: Path) -> dict[str, int]:
    """Pictures in unusual forms, and the red that each should show."""
    folder.mkdir(parents=True)
    deep = np.full((8, 12), 257 * 200, dtype=np.uint16)
    Image.fromarray(deep).save(folder / "16bit.png")
    Image.new("P", (12, 8), 3).save(folder / "palette.gif")
    Image.new("RGBA", (12, 8), (10, 20, 30, 0)).save(folder / "clear.png")
    Image.new("CMYK", (12, 8), (0, 255, 255, 0)).save(folder / "print.jpg")
    Image.new("L", (12, 8), 70).save(folder / "grey.bmp")
    first, second = Image.new("L", (12, 8), 40), Image.new("L", (12, 8), 250)
    first.save(folder / "moving.gif", save_all=True, append_images=[second])
    turned = Image.new("RGB", (8, 12), (0, 0, 0))
    turned.paste((255, 0, 0), (0, 0, 8, 6))
    tags = Image.Exif()
    tags[0x0112] = 6
    turned.save(folder / "turned.png", exif=tags)
    return {"16bit.png": 200, "clear.png": 255, "grey.bmp": 70, "moving.gif": 40, "print.jpg": 254}


def test_unusual_pictures_are_read_as_they_look(save: Save, tmp_path: Path) -> None:
    expected = odd(tmp_path / "a")
    save("b", 1)
    data = load(settings(tmp_path, validation=0, test=0), (3, 8, 12))
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    seen = {name: data.train.read([at])[0] for at, name in enumerate(names)}
    for name, red in expected.items():
        assert seen[name][0].float().mean() == pytest.approx(red, abs=1), name
    assert seen["turned.png"][0, :, 6:].min() == 255, "the top came from the camera's right"
    assert seen["turned.png"][0, :, :6].max() == 0


def test_bad_pictures_are_named_and_counted(save: Save, tmp_path: Path) -> None:
    good = save("a", 5)
    save("b", 5)
    for number in range(7):
        (good / f"bad{number}.jpg").write_bytes((good / "000.png").read_bytes()[:40] if number % 2 else b"<html>")
    with pytest.raises(
        DataError, match=r"^7 files hold no picture.*bad0\.jpg.*bad1\.jpg.*bad2\.jpg.*Nothing was started"
    ) as caught:
        load(settings(tmp_path), (3, 8, 8))
    assert "bad3" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda save: save("", 3), "There is no folder with pictures in"),
        (lambda save: save("only", 3), "holds only one folder with pictures"),
        (
            lambda save: (save("train/a", 2), save("train/b", 2), save("test/a", 1)),
            "test.b.* is needed.* cannot be read",
        ),
        (
            lambda save: (save("train/a", 2), save("train/b", 2), save("test/a", 0), save("test/b", 0)),
            "no pictures in .*test",
        ),
    ],
    ids=["no class", "one class", "a class without a folder in test", "nothing to test with"],
)
def test_a_folder_that_cannot_be_learned_from_says_why(
    save: Save, tmp_path: Path, make: Callable[[Save], object], text: str
) -> None:
    make(save)
    with pytest.raises(DataError, match=text):
        load(settings(tmp_path), (3, 8, 8))


def test_classes_that_the_project_knows_keep_their_order_and_must_be_there(save: Save, tmp_path: Path) -> None:
    save("a", 5)
    save("b", 5)
    assert load(settings(tmp_path, classes=("b", "a")), (3, 8, 8)).classes == ("b", "a")
    with pytest.raises(DataError, match=r"c.* is needed"):
        load(settings(tmp_path, classes=("a", "b", "c")), (3, 8, 8))


def test_a_folder_that_changed_is_read_anew(save: Save, tmp_path: Path) -> None:
    save("a", 5)
    save("b", 5)
    data = settings(tmp_path, validation=0, test=0)
    first = load(data, (3, 8, 8))
    assert load(data, (3, 8, 8)) is first
    save("c", 2)
    assert load(data, (3, 8, 8)).classes == ("a", "b", "c")
    assert load(data, (3, 4, 4)).train.shape == (3, 4, 4)


@pytest.fixture
def lazy(save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataSettings:
    """A folder that does not fit into what is left of the memory."""
    save("a", 12)
    save("b", 13)
    monkeypatch.setattr(memory, "free_bytes", lambda: 1000)
    return settings(tmp_path, validation=5, test=5)


def test_what_does_not_fit_stays_on_the_disk_and_is_the_same(
    lazy: DataSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = (3, 5, 6)
    on_disk = load(lazy, shape)
    disk_print = fingerprint.of(on_disk)
    monkeypatch.undo()
    in_memory = load(DataSettings(**{**vars(lazy), "seed": 0, "folder": lazy.folder + "/."}), shape)
    for there, here in zip(
        (on_disk.train, on_disk.validation, on_disk.test),
        (in_memory.train, in_memory.validation, in_memory.test),
        strict=True,
    ):
        assert isinstance(there, FolderSet)
        assert isinstance(here, PictureSet)
        assert (len(there), there.shape) == (len(here), here.shape)
        assert torch.equal(there.labels, here.labels)
        order = list(range(len(there)))[::-1]
        assert torch.equal(there.read(order), here.images.flip(0))
        again = pickle.loads(pickle.dumps(there))
        assert torch.equal(again.read([2, 0]), here.read([2, 0]))
    assert len(disk_print) == 16
    assert disk_print == fingerprint.of(in_memory)


def test_a_fingerprint_of_files_sees_another_file(lazy: DataSettings, save: Save, tmp_path: Path) -> None:
    shape = (3, 5, 6)
    before = fingerprint.of(load(lazy, shape))
    assert fingerprint.of(load(lazy, shape)) == before
    (tmp_path / "a" / "005.png").write_bytes((tmp_path / "a" / "005.png").read_bytes() + b"\0")
    assert fingerprint.of(load(lazy, shape)) != before


def test_a_file_that_vanishes_is_named_when_it_is_read(lazy: DataSettings, tmp_path: Path) -> None:
    part = load(lazy, (3, 5, 6)).train
    assert isinstance(part, FolderSet)
    gone = Path(part.files[3])
    gone.unlink()
    part.read([0, 1, 2])
    with pytest.raises(DataError, match=f"{gone.name}.* does not exist"):
        part.read([2, 3])


@pytest.mark.parametrize("place", ["", "train/"])
def test_a_picture_that_is_written_anew_in_its_place_is_read_again(save: Save, tmp_path: Path, place: str) -> None:
    for name in ("a", "b", "b/deep/er"):
        save(place + name, 12)
    asked = settings(tmp_path, validation=0, test=0)
    before = load(asked, (3, 8, 12))
    file = tmp_path / place / "b" / "deep" / "er" / "007.png"
    length, folder = file.stat().st_size, file.parent.stat().st_mtime_ns
    Image.new("RGB", (12, 8), (250, 200, 100)).save(file)
    os.utime(file, ns=(0, 1))  # as an archive or a copy may leave it: older than the others
    assert (file.stat().st_size, file.parent.stat().st_mtime_ns) == (length, folder)
    assert load(asked, (3, 8, 12), as_before=True) is before
    after = load(asked, (3, 8, 12))
    assert [int((part.read(range(len(part))) == 250).sum()) for part in (before.train, after.train)] == [0, 8 * 12]
    assert load(asked, (3, 8, 12), as_before=True) is after


def test_pictures_of_a_folder_that_is_gone_are_told_not_raised(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no folder"):
        load(settings(tmp_path / "gone"), (3, 4, 4))


def test_a_picture_that_cannot_be_read_is_refused_with_what_to_do(save: Save, tmp_path: Path) -> None:
    save("a", 3)
    (save("b", 3) / "001.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"001\.png.*Nothing was started\. Fix or remove what is named"):
        load(settings(tmp_path), (1, 8, 8))
