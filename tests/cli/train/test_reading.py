"""What a command says while it reads a folder of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import tiny
from PIL import Image

from cnnlab.cli.train import reading
from cnnlab.core.project import changes


def test_a_folder_is_told_of_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(5):
            Image.new("RGB", (8, 8), (number, 9, 1)).save(tmp_path / name / f"{number}.png")
    (tmp_path / "empty").mkdir()
    project = changes.set_data(tiny(), source="folder", folder=str(tmp_path))
    reading.pictures(project)
    first = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[0] for line in first] == ["Reading", "Ignored", "There"]
    reading.pictures(project)
    assert capsys.readouterr().err == ""
