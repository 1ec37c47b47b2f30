from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import cnnlab
from cnnlab import cli
from cnnlab.core import changes, templates
from cnnlab.core.events import WeightsPublished
from cnnlab.core.project import DataSettings, Project, Weights
from cnnlab.engine.archive import backup_of, open_project, save
from cnnlab.engine.data.datasets import Dataset, mnist
from cnnlab.engine.training.loop import train

PACKAGES = str(Path(cnnlab.__file__).parents[1])

NO_WINDOW = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"PySide6", "shiboken6", "pyqtgraph"}:
            raise ImportError(f"{name} is blocked", name=name)

sys.meta_path.insert(0, Blocked())
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder to work in; ``blocked`` in it holds an import hook, under which there is no Qt."""
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(NO_WINDOW)
    return tmp_path


DISPLAYS = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}


def environment(folder: Path) -> dict[str, str]:
    """Without Qt and without a display; one thread, so that other work on the machine does not stall the training."""
    kept = {name: value for name, value in os.environ.items() if name not in DISPLAYS}
    paths = os.pathsep.join([str(folder / "blocked"), PACKAGES])
    return kept | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "XDG_STATE_HOME": str(folder)}


def process(folder: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, with no way to Qt and no display."""
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", *map(str, arguments)],
        cwd=folder, env=environment(folder) | more, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """The command in this process, which has torch already."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.chdir(here)
    monkeypatch.setenv("XDG_STATE_HOME", str(here))

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["cnnlab", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        shown = capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)

    yield run
    torch.set_num_threads(threads)


def refusal(command: Command, *arguments: object) -> str:
    """What a failing command says; checked to be one line, and nothing on standard output."""
    done = command(*arguments)
    assert (done.code, done.out) == (1, ""), done
    assert done.err.count("\n") == 1, done.err
    return done.err.strip()


def tiny(**training: object) -> Project:
    """A single linear layer, whose epoch over all of MNIST takes a second or two."""
    rows: list[templates.Layer] = [
        ("input", "input", {}),
        ("flatten", "flatten", {}),
        ("linear", "fc", {"out_features": 10}),
        ("output", "output", {}),
    ]
    return changes.set_training(templates.chain([rows]), **({"batch_size": 512, "epochs": 1} | training))


@pytest.fixture(scope="module")
def once_trained() -> Project:
    """``tiny`` after an epoch."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    published = [event for event in train(tiny(), mnist()) if isinstance(event, WeightsPublished)]
    torch.set_num_threads(threads)
    return replace(tiny(), weights=published[-1].weights)


@pytest.fixture
def trained(here: Path, once_trained: Project) -> Path:
    """The file of a trained project."""
    save(once_trained, here / "trained.cnnlab")
    return here / "trained.cnnlab"


def digits(folder: Path, count: int) -> list[Path]:
    """The first test pictures as files."""
    paths = [folder / f"digit {index}.png" for index in range(count)]
    for path, image in zip(paths, mnist().test.images, strict=False):
        Image.fromarray(image[0].numpy()).save(path)
    return paths


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


def test_new_writes_every_template_and_lists_them(here: Path, command: Command) -> None:
    listed = " ".join(command("new", "--help").out.split())
    for template in templates.TEMPLATES:
        assert f"{template.key}: {template.title}" in listed
        assert command("new", template.key, f"{template.key}.cnnlab") == Done(0, f"{template.key}.cnnlab\n", "")
        assert open_project(here / f"{template.key}.cnnlab").project == template.build()


def test_new_replaces_a_file_only_when_told_to(here: Path, command: Command) -> None:
    (here / "mine.cnnlab").write_text("precious")
    assert "“mine.cnnlab” is already there and was left as it is." in refusal(command, "new", "mnist", "mine.cnnlab")
    assert (here / "mine.cnnlab").read_text() == "precious"
    assert command("new", "lenet5", "mine.cnnlab", "--force").code == 0
    assert open_project(here / "mine.cnnlab").project.title == "LeNet-5"


def test_new_train_and_predict_work_without_qt_and_without_a_display(here: Path) -> None:
    file = here / "tiny.cnnlab"
    assert process(here, "new", "mnist", file).returncode == 0
    save(tiny(), file)
    trained = process(here, "train", file, "--epochs", 1, "--device", "cpu", "--seed", 3)
    assert trained.returncode == 0, trained
    shown = re.fullmatch(r"test accuracy (\d\d\.\d\d) %\n", trained.stdout)
    assert shown, trained
    assert float(shown[1]) > 85
    assert "epoch 1/1: loss" in trained.stderr
    opened = open_project(file).project
    assert opened.weights.step == 108
    # The options held for the run only.
    assert replace(opened, weights=Weights()) == tiny()

    pictures = digits(here, 40)
    predicted = process(here, "predict", file, *pictures)
    assert (predicted.returncode, predicted.stderr) == (0, "")
    lines = [line.split("\t") for line in predicted.stdout.splitlines()]
    assert [line[0] for line in lines] == [str(path) for path in pictures]
    labels = mnist().test.labels[:40].tolist()
    assert sum(int(line[1]) == label for line, label in zip(lines, labels, strict=True)) > 30
    assert all(re.fullmatch(r"\d{1,3}\.\d\d %", line[2]) for line in lines)


def test_training_goes_on_or_restarts_as_asked(trained: Path, once_trained: Project, command: Command) -> None:
    before = once_trained.weights
    on = command("train", trained)
    assert "Training goes on from step 108." in on.err
    assert open_project(trained).project.weights.step == 216
    again = command("train", trained, "--restart")
    assert "Training goes on" not in again.err
    restarted = open_project(trained).project.weights
    assert restarted.step == before.step == 108
    np.testing.assert_array_equal(restarted.nodes["fc"]["weight"], before.nodes["fc"]["weight"])


def test_every_epoch_reaches_the_file_and_the_run_summaries_stay(
    here: Path, trained: Path, once_trained: Project, command: Command
) -> None:
    save(once_trained, trained, runs={"abc": {"note": "kept"}})
    done = command("train", trained, "--epochs", 2)
    assert done.code == 0
    assert open_project(trained).project.weights.step == 324
    assert open_project(trained).runs == {"abc": {"note": "kept"}}
    backup = backup_of(trained)
    assert backup is not None
    assert open_project(backup).project.weights.step == 216


def test_a_file_that_was_changed_meanwhile_is_left_and_the_weights_saved_beside_it(
    trained: Path, once_trained: Project, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = replace(once_trained, title="theirs")

    def load(data: DataSettings) -> Dataset:
        save(theirs, trained)  # another program, after ours opened the file
        return mnist(data.validation, data.seed)

    monkeypatch.setattr("cnnlab.engine.data.datasets.load", load)
    done = command("train", trained)
    assert done.code == 0
    assert done.out.startswith("test accuracy")
    assert open_project(trained).project.title == "theirs"
    beside = open_project(trained.with_name("trained-2.cnnlab")).project
    assert beside.weights.step == 216
    assert beside == replace(once_trained, weights=beside.weights)
    assert "trained-2.cnnlab” instead." in done.err


def test_ctrl_c_saves_and_says_so(here: Path) -> None:
    file = here / "tiny.cnnlab"
    save(tiny(), file)
    running = subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "train", str(file), "--epochs", "10000"],
        cwd=here, env=environment(here), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stderr is not None
    while not (line := running.stderr.readline()).startswith("epoch 1/"):
        assert line, running.poll()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    step = open_project(file).project.weights.step
    assert step >= 108
    assert f"Stopped at step {step:,}; its weights are in “{file}”." in err


def test_a_failed_run_ends_with_its_message(here: Path, command: Command) -> None:
    file = here / "starter.cnnlab"
    settings = {"optimiser": "sgd", "learning_rate": 100.0, "batch_size": 8}
    save(changes.set_training(templates.BY_KEY["mnist"].build(), **settings), file)
    done = command("train", file)
    assert (done.code, done.out) == (1, "")
    assert re.search(r"The loss became (NaN|infinite) at step \d+\.", done.err), done.err


def test_pictures_that_cannot_be_read_do_not_stop_the_others(here: Path, trained: Path, command: Command) -> None:
    (here / "text.png").write_text("no picture")
    good = digits(here, 2)
    done = command("predict", trained, good[0], here / "text.png", here / "none.png", good[1])
    assert done.code == 1
    assert [line.split("\t")[0] for line in done.out.splitlines()] == [str(path) for path in good]
    assert [line.split(": ")[0] for line in done.err.splitlines()] == [str(here / "text.png"), str(here / "none.png")]


def test_a_digit_on_paper_is_read_as_a_drawing(here: Path, trained: Path, command: Command) -> None:
    seven = Image.fromarray(mnist().test.images[0, 0].numpy()).resize((140, 140), Image.Resampling.BOX)
    paper = Image.new("L", (400, 300), 240)
    paper.paste(seven.point(lambda value: 240 - value * 220 // 255), (20, 110))
    paper.save(here / "paper.png")
    assert command("predict", trained, here / "paper.png", "--as-drawing").out.split("\t")[1] == "7"
    Image.new("L", (50, 50), 240).save(here / "blank.png")
    assert "nothing that stands out" in refusal(command, "predict", trained, here / "blank.png", "--as-drawing")


def test_layers_that_were_never_trained_are_named(here: Path, once_trained: Project, command: Command) -> None:
    edited = changes.add_layer(once_trained, "linear", (0, 0), uid="new", out_features=10)
    edited = changes.insert_on_wire(edited, edited.graph.incoming("output")[0], "new")
    edited = changes.rename(edited, "new", "added")
    save(edited, here / "edited.cnnlab")
    done = command("predict", "edited.cnnlab", *digits(here, 1))
    assert done.code == 0
    assert "so the answers mean little: added." in done.err


def test_what_a_user_can_get_wrong_is_told_in_one_sentence(here: Path, command: Command) -> None:
    save(tiny(), here / "tiny.cnnlab")
    save(templates.BY_KEY["empty"].build(), here / "empty.cnnlab")
    (here / "text.cnnlab").write_text("no project")
    assert "There is no template “foo”." in refusal(command, "new", "foo", "x.cnnlab")
    assert "none.cnnlab" in refusal(command, "train", "none.cnnlab")
    assert "text.cnnlab" in refusal(command, "train", "text.cnnlab")
    assert "text.cnnlab" in refusal(command, "predict", "text.cnnlab", "x.png")
    assert "Epochs must be a whole number" in refusal(command, "train", "tiny.cnnlab", "--epochs", 0)
    assert "Device must be one of" in refusal(command, "train", "tiny.cnnlab", "--device", "abacus")
    assert "cannot be trained yet" in refusal(command, "train", "empty.cnnlab")
    assert "has not been trained yet" in refusal(command, "predict", "tiny.cnnlab", "x.png")
    assert "neither a command nor a file" in refusal(command, "trian", "tiny.cnnlab")
    assert "There is no file “none.cnnlab”." in refusal(command, "open", "none.cnnlab")


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
        assert "already there" in refusal(command, "export", "net.cnnlab", name)
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
