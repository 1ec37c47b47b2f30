from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from commands import DISPLAYS, Command, Done, environment, process, refusal, tiny

import cnnlab
from cnnlab.core import templates
from cnnlab.engine.archive import open_project, save


@pytest.mark.process
def test_version_help_and_new_do_without_torch(here: Path) -> None:
    loaded = "print('torch' in sys.modules, 'PySide6' in sys.modules)"
    for arguments in (["--version"], ["--help"], ["new", "mnist", "made.cnnlab"]):
        code = f"import sys, atexit\natexit.register(lambda: {loaded})\nfrom cnnlab.cli import main\nmain()"
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], cwd=here, env=environment(here), capture_output=True, text=True
        )
        assert done.returncode == 0, done
        assert done.stdout.endswith("False False\n"), done


def test_version_and_help(command: Command) -> None:
    assert command("--version") == Done(0, f"cnnlab {cnnlab.__version__}\n", "")
    helped = command("--help")
    assert (helped.code, helped.err) == (0, "")
    for name in ("new", "train", "predict", "open", "--version"):
        assert name in helped.out


@pytest.mark.process
@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_a_pipe_gets_whole_rows_whatever_the_width_of_the_terminal_is(here: Path, columns: str) -> None:
    project = templates.BY_KEY["resnet20"].build()
    save(project, here / "net.cnnlab")
    code = "from cnnlab.cli import main\nmain()"
    around = environment(here) | {"COLUMNS": columns, "FORCE_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, "summary", "net.cnnlab"], cwd=here, env=around, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, f"{cnnlab.summary(project)}\n"), done.stderr


@pytest.mark.slow
def test_new_writes_every_template_and_lists_them(here: Path, command: Command) -> None:
    listed = " ".join(command("new", "--help").out.split())
    for template in templates.TEMPLATES:
        assert f"{template.key}: {template.title}" in listed
        assert command("new", template.key, f"{template.key}.cnnlab") == Done(0, f"{template.key}.cnnlab\n", "")
        assert open_project(here / f"{template.key}.cnnlab").project == template.build()


def test_new_replaces_a_file_only_when_told_to(here: Path, command: Command) -> None:
    (here / "mine.cnnlab").write_text("precious")
    assert "“mine.cnnlab” already exists and is unchanged." in refusal(command, "new", "mnist", "mine.cnnlab")
    assert (here / "mine.cnnlab").read_text() == "precious"
    assert command("new", "lenet5", "mine.cnnlab", "--force").code == 0
    assert open_project(here / "mine.cnnlab").project.title == "LeNet-5"


def test_what_a_user_can_get_wrong_is_told_in_one_sentence(here: Path, command: Command) -> None:
    save(tiny(), here / "tiny.cnnlab")
    save(templates.BY_KEY["empty"].build(), here / "empty.cnnlab")
    (here / "text.cnnlab").write_text("no project")
    assert "There is no template “foo”." in refusal(command, "new", "foo", "x.cnnlab")
    assert "none.cnnlab" in refusal(command, "train", "none.cnnlab")
    assert "text.cnnlab" in refusal(command, "train", "text.cnnlab")
    (here / "tiny.runs").mkdir()
    assert "“tiny.runs” is a folder, and a file is needed." in refusal(command, "train", "tiny.runs")
    assert "“.” is a folder, and a file is needed." in refusal(command, "summary", ".")
    assert "There is no folder “nowhere”." in refusal(
        command, "train", "tiny.cnnlab", "--source", "folder", "--data", "nowhere"
    )
    assert "--data FOLDER" in refusal(command, "train", "tiny.cnnlab", "--source", "folder")
    assert "text.cnnlab" in refusal(command, "predict", "text.cnnlab", "x.png")
    assert "Epochs must be a whole number" in refusal(command, "train", "tiny.cnnlab", "--epochs", 0)
    assert "Device must be one of" in refusal(command, "train", "tiny.cnnlab", "--device", "abacus")
    assert "cannot be trained yet" in refusal(command, "train", "empty.cnnlab")
    assert "has not been trained yet" in refusal(command, "predict", "tiny.cnnlab", "x.png")
    assert "neither a command nor an existing file" in refusal(command, "trian", "tiny.cnnlab")
    assert "There is no file “none.cnnlab”." in refusal(command, "open", "none.cnnlab")


@pytest.mark.process
def test_the_window_says_why_it_cannot_open(
    here: Path, trained: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    for arguments in ([], ["trained.cnnlab"], ["open", "trained.cnnlab"]):
        assert "There is no display" in refusal(command, *arguments)
    blocked = process(here, QT_QPA_PLATFORM="offscreen")
    assert (blocked.returncode, blocked.stdout) == (1, "")
    assert "The window cannot open, because a part of it is missing (PySide6" in blocked.stderr
    assert blocked.stderr.count("\n") == 1


def test_an_error_of_ours_ends_in_a_sentence_and_in_the_log(
    here: Path, command: Command, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> templates.Net:
        raise KeyError("lost")

    monkeypatch.setitem(templates.BY_KEY, "mnist", replace(templates.BY_KEY["mnist"], network=broken))
    assert "Something in cnnlab failed (KeyError)" in refusal(command, "new", "mnist", here / "x.cnnlab")
    assert "lost" in caplog.text


def test_a_network_is_shown_exported_and_given_weights(here: Path, command: Command) -> None:
    command("new", "mnist", "net.cnnlab")
    shown = command("summary", "net.cnnlab")
    assert (shown.code, shown.err) == (0, "")
    assert re.search(r"conv2 +Conv2d +64 · 3×3 · pad 0 +64 × 11 × 11 +18,496", shown.out)
    for name in ("net.py", "net.safetensors", "net.csv", "net.md"):
        assert command("export", "net.cnnlab", name).out == f"{name}\n"
        assert "already exists" in refusal(command, "export", "net.cnnlab", name)
    assert command("export", "net.cnnlab", "net.md", "--force").code == 0
    assert "conv1" in (here / "net.csv").read_text(encoding="utf-8")
    compile((here / "net.py").read_text(), "net.py", "exec")
    assert "should end in one of: .py, .onnx" in refusal(command, "export", "net.cnnlab", "net.txt")
    command("new", "mnist", "other.cnnlab")
    assert command("weights", "other.cnnlab", "net.safetensors").code == 0
    kept = open_project(here / "other.cnnlab").project.weights.nodes
    assert len(kept) == 5
    command("new", "lenet5", "lenet.cnnlab")
    assert "nothing for “c1”" in refusal(command, "weights", "lenet.cnnlab", "net.safetensors")
    assert not open_project(here / "lenet.cnnlab").project.weights.nodes


def test_a_network_of_torchvision_becomes_a_project(here: Path, command: Command) -> None:
    assert command("import", "squeezenet1_1", "net.cnnlab").out == "net.cnnlab\n"
    assert "resnet999" in refusal(command, "import", "resnet999", "other.cnnlab")
    assert sorted(path.name for path in here.glob("*.cnnlab")) == ["net.cnnlab"]
