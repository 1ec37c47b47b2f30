from __future__ import annotations

from pathlib import Path

import pytest

from cnnlab.core.data.sources import SOURCES, Target, named
from cnnlab.core.project.project import DataSettings, Project


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_known_of_a_set_goes_together(name: str) -> None:
    source = SOURCES[name]
    assert len(set(source.classes)) == len(source.classes)
    assert len(source.preprocessing.mean) in (1, source.shape[0])
    assert bool(source.downloads) <= bool(source.files)
    assert not (source.bundled and source.downloads)
    if source.target is Target.BINARY:
        assert (len(source.classes), source.outputs) == (2, 1)
    elif source.target is Target.NUMBER:
        assert (source.classes, source.outputs, bool(source.unit)) == ((), 1, True)
    else:
        assert source.outputs == (len(source.classes) or None)
    assert Project(data=DataSettings(name)).outputs == source.outputs


def test_the_classes_of_the_published_sets_are_as_many_as_they_say() -> None:
    assert [len(SOURCES[name].classes) for name in ("fashion_mnist", "cifar10", "cifar100")] == [10, 10, 100]
    assert sorted(SOURCES["cifar100"].classes) == list(SOURCES["cifar100"].classes)


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.files])
def test_published_files_are_found_in_the_chosen_folder_or_below_only_when_all_are_there(
    name: str, tmp_path: Path
) -> None:
    for files in SOURCES[name].files:
        for folder in (tmp_path / files.kind / files.train[0], tmp_path / files.kind / files.train[0] / files.folder):
            chosen = tmp_path / files.kind / files.train[0]
            names = files.train + files.test
            for file in names:
                assert files.place(chosen) is None
                assert SOURCES[name].lacking(chosen) is not None
                folder.mkdir(parents=True, exist_ok=True)
                (folder / file).touch()
            assert files.place(chosen) == folder
            assert SOURCES[name].lacking(chosen) is None
            for file in names:
                (folder / file).unlink()


def test_a_folder_that_lacks_something_is_told_what(tmp_path: Path) -> None:
    source = SOURCES["cifar10"]
    assert source.lacking(tmp_path / "gone") == tmp_path / "gone"
    for split in ("train", "test"):
        for name in source.classes:
            (tmp_path / split / name).mkdir(parents=True)
    assert source.lacking(tmp_path) is None
    (tmp_path / "test" / "cat").rmdir()
    assert source.lacking(tmp_path) == tmp_path / "test" / "cat"
    assert SOURCES["folder"].lacking(tmp_path) is None


def test_logits_without_names_are_numbered() -> None:
    assert named(("a", "b"), 2) == ("a", "b")
    assert named(("a", "b"), 3) == ("0", "1", "2")
    project = Project(data=DataSettings("folder", classes=("left", "right")))
    assert (project.classes, project.outputs, project.names(2)) == (("left", "right"), 2, ("left", "right"))
