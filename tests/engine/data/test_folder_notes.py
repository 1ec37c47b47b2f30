"""What is said of a folder of pictures beside what is learned from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cnnlab.engine.data import folder_notes, folder_scan


def save(path: Path, mode: str = "L", colour: object = 9) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (4, 4), colour).save(path)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        save(tmp_path / "pictures" / name / "0.png")
    return tmp_path / "pictures"


def notes(folder: Path, channels: int = 1) -> list[str]:
    return list(map(str, folder_notes.notes(folder, folder_scan.found(folder), channels)))


def test_nothing_is_said_where_everything_is_learned_from(folder: Path) -> None:
    save(folder / "a" / "deeper" / "1.png")
    (folder / ".hidden").write_text("")
    (folder / "a" / ".hidden").write_text("")
    assert notes(folder) == []


def test_what_is_left_out_is_counted(folder: Path) -> None:
    (folder / "leer").mkdir()
    assert notes(folder) == [f"Ignored in “{folder}”: folders that are not a class or have no pictures: 1 (leer)."]
    (folder / "a" / "deeper").mkdir()
    for place in (folder / "words.txt", folder / "a" / "words.txt", folder / "a" / "deeper" / "words.txt"):
        place.write_text("no picture")
    (said,) = notes(folder)
    assert said.endswith("1 (leer); files that are not a picture of a class: 3.")
    (folder / "leer").rmdir()
    (said,) = notes(folder)
    assert said == f"Ignored in “{folder}”: files that are not a picture of a class: 3."


def test_many_folders_are_counted_and_some_named(folder: Path) -> None:
    for name in "cdefg":
        (folder / "train" / name).mkdir(parents=True)
    for name in ("a", "b"):
        save(folder / "train" / name / "0.png")
    (said,) = notes(folder)
    assert said.endswith("5 (c, d, e …).")


def test_colours_that_a_grey_network_does_not_see_are_told(folder: Path) -> None:
    save(folder / "b" / "1.png", "RGB", (7, 7, 7))
    assert notes(folder) == []
    save(folder / "b" / "2.png", "RGB", (7, 8, 9))
    (said,) = notes(folder)
    assert "There are colour pictures" in said
    assert notes(folder, channels=3) == []


def test_a_file_that_cannot_be_opened_is_left_to_the_reading(folder: Path) -> None:
    (folder / "a" / "0.png").write_bytes(b"no picture")
    assert notes(folder) == []
