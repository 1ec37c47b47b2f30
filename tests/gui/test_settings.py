"""What the app remembers, read back by another start; a settings file that is wrong harms nothing."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest
from PySide6.QtCore import QByteArray

from cnnlab.gui.settings import Settings


def made(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.touch()
    return paths


def again(settings: Settings) -> Settings:
    """The settings as the next start reads them."""
    settings._store.sync()
    return Settings()


def test_at_first_nothing_is_remembered() -> None:
    settings = Settings()
    assert (settings.recent, settings.look, settings.geometry) == ([], "system", None)


def test_a_data_sets_folder_is_remembered(tmp_path: Path) -> None:
    settings = Settings()
    assert settings.data_folder("cifar10") == ""
    settings.remember_data_folder("cifar10", str(tmp_path))
    assert again(settings).data_folder("cifar10") == str(tmp_path)
    assert settings.data_folder("mnist") == ""


def test_recent_files_the_latest_first_and_each_once(tmp_path: Path) -> None:
    first, second = made(tmp_path, "first.cnnlab", "a, b=c; %41 “zwei”.cnnlab")
    settings = Settings()
    settings.add_recent(first)
    assert again(settings).recent == [first]  # one file comes back as one text, not as a list
    settings.add_recent(second)
    settings.add_recent(first)
    assert settings.recent == again(settings).recent == [first, second]


def test_a_file_named_from_the_working_folder_is_found_from_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path, "net.cnnlab")
    settings = Settings()
    monkeypatch.chdir(tmp_path)
    settings.add_recent(Path("net.cnnlab"))
    monkeypatch.chdir("/")
    assert again(settings).recent == [tmp_path / "net.cnnlab"]


def test_the_oldest_is_forgotten(tmp_path: Path) -> None:
    settings = Settings()
    paths = made(tmp_path, *(f"{number}.cnnlab" for number in range(12)))
    for path in paths:
        settings.add_recent(path)
    assert settings.recent == paths[:3:-1]


def test_files_that_are_gone_are_left_out_but_come_back(tmp_path: Path) -> None:
    settings = Settings()
    (path,) = made(tmp_path, "net.cnnlab")
    settings.add_recent(path)
    path.unlink()
    assert settings.recent == []
    path.touch()
    assert settings.recent == [path]


def test_a_name_that_no_file_can_have_is_left_out(tmp_path: Path) -> None:
    (path,) = made(tmp_path, "net.cnnlab")
    settings = Settings()
    settings._store.setValue("recent", [str(tmp_path / ("x" * 5000)), str(path), ""])
    assert again(settings).recent == [path]


@pytest.mark.parametrize("look", ["light", "dark", "system"])
def test_the_look_is_kept(look: str) -> None:
    settings = Settings()
    settings.look = look
    assert again(settings).look == look


def test_a_look_that_is_none_is_the_systems() -> None:
    settings = Settings()
    settings._store.setValue("look", "plaid")
    assert again(settings).look == "system"


def test_the_windows_place_is_kept() -> None:
    settings = Settings()
    settings.geometry = QByteArray(b"\x00\x01place")
    assert again(settings).geometry == QByteArray(b"\x00\x01place")


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    folder = platformdirs.user_config_path("cnnlab", appauthor=False)
    folder.mkdir(parents=True)
    (folder / "window.ini").write_bytes(b"\xff\x00[[[=\ngeometry=5\nrecent=@Variant(\\0\\0)\nlook=7\n" * 3)
    settings = Settings()
    assert (settings.recent, settings.look, settings.geometry) == ([], "system", None)


def test_whether_the_code_is_shown_is_remembered() -> None:
    settings = Settings()
    assert settings.code is False
    for shown in (True, False):
        settings.code = shown
        assert again(settings).code is shown
