"""What the app remembers, read back by another start; a settings file that is wrong harms nothing."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from PySide6.QtCore import QByteArray

from cnnlab.gui.preferences import Preferences


def made(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.touch()
    return paths


def again(preferences: Preferences) -> Preferences:
    """The preferences as the next start reads them."""
    preferences._store.sync()
    return Preferences()


def test_at_first_nothing_is_remembered() -> None:
    preferences = Preferences()
    assert (preferences.recent, preferences.appearance, preferences.geometry) == ([], "system", None)


def test_a_data_sets_folder_is_remembered(tmp_path: Path) -> None:
    preferences = Preferences()
    assert preferences.data_folder("cifar10") == ""
    preferences.remember_data_folder("cifar10", str(tmp_path))
    assert again(preferences).data_folder("cifar10") == str(tmp_path)
    assert preferences.data_folder("mnist") == ""


def test_recent_files_the_latest_first_and_each_once(tmp_path: Path) -> None:
    first, second = made(tmp_path, "first.cnnlab", "a, b=c; %41 “zwei”.cnnlab")
    preferences = Preferences()
    preferences.add_recent(first)
    assert again(preferences).recent == [first]  # one file comes back as one text, not as a list
    preferences.add_recent(second)
    preferences.add_recent(first)
    assert preferences.recent == again(preferences).recent == [first, second]


def test_a_file_named_from_the_working_folder_is_found_from_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "net.cnnlab")
    preferences = Preferences()
    monkeypatch.chdir(tmp_path)
    preferences.add_recent(Path("net.cnnlab"))
    monkeypatch.chdir("/")
    assert again(preferences).recent == [tmp_path / "net.cnnlab"]


def test_the_oldest_is_forgotten(tmp_path: Path) -> None:
    preferences = Preferences()
    paths = made(tmp_path, *(f"{number}.cnnlab" for number in range(12)))
    for path in paths:
        preferences.add_recent(path)
    assert preferences.recent == paths[:3:-1]


def test_files_that_are_gone_are_left_out_but_come_back(tmp_path: Path) -> None:
    preferences = Preferences()
    (path,) = made(tmp_path, "net.cnnlab")
    preferences.add_recent(path)
    path.unlink()
    assert preferences.recent == []
    path.touch()
    assert preferences.recent == [path]


def test_a_name_that_no_file_can_have_is_left_out(tmp_path: Path) -> None:
    (path,) = made(tmp_path, "net.cnnlab")
    preferences = Preferences()
    preferences._store.setValue("recent", [str(tmp_path / ("x" * 5000)), str(path), ""])
    assert again(preferences).recent == [path]


@pytest.mark.parametrize("appearance", ["light", "dark", "system"])
def test_the_appearance_is_kept(appearance: str) -> None:
    preferences = Preferences()
    preferences.appearance = appearance
    assert again(preferences).appearance == appearance


def test_an_appearance_that_is_none_is_the_systems() -> None:
    preferences = Preferences()
    preferences._store.setValue("look", "plaid")
    assert again(preferences).appearance == "system"


def test_the_windows_place_is_kept() -> None:
    preferences = Preferences()
    preferences.geometry = QByteArray(b"\x00\x01place")
    assert again(preferences).geometry == QByteArray(b"\x00\x01place")


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    folder = platformdirs.user_config_path("cnnlab", appauthor=False)
    folder.mkdir(parents=True)
    (folder / "window.ini").write_bytes(b"\xff\x00[[[=\ngeometry=5\nrecent=@Variant(\\0\\0)\nlook=7\n" * 3)
    preferences = Preferences()
    assert (preferences.recent, preferences.appearance, preferences.geometry) == ([], "system", None)


def test_whether_the_code_is_shown_is_remembered() -> None:
    preferences = Preferences()
    assert preferences.code is False
    for shown in (True, False):
        preferences.code = shown
        assert again(preferences).code is shown
