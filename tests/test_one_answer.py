"""The window, the command line, the Python interface and plain torch give one answer to the same input, whatever its kind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from exported import twins
from numpy.typing import NDArray
from PIL import Image
from pytestqt.qtbot import QtBot
from torch import nn

import cnnlab
from cnnlab import cli
from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.engine.archive import save
from cnnlab.engine.codegen import export_code
from cnnlab.engine.data import datasets
from cnnlab.engine.data.pictures import fit_picture
from cnnlab.engine.inspection.drawing import prepare_drawing
from cnnlab.engine.inspection.inputs import picture_as_drawing
from cnnlab.engine.inspection.looks import Seen
from cnnlab.engine.network import weights
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.selection import Selection
from cnnlab.gui.workers.qt_threads import Processor

Bytes = NDArray[np.uint8]
NUMBER = 15
"""Of a test picture."""


def network_for(data: str) -> tuple[Project, nn.Module]:
    """A network for the pictures of ``data`` with weights of its own, and the same one as plain torch."""
    source = SOURCES[data]
    channels, height, width = source.shape
    rows: list[templates.Layer] = [
        ("input", "input", {"channels": channels, "height": height, "width": width}),
        ("conv2d", "conv", {"out_channels": 4}),
        ("batchnorm2d", "bn", {}),
        ("relu", "relu", {}),
        ("maxpool2d", "pool", {"kernel_size": 4, "stride": 4}),
        ("flatten", "flatten", {}),
        ("linear", "fc", {"out_features": source.outputs}),
        ("output", "output", {}),
    ]
    project = replace(
        templates.chain([rows]), data=DataSettings(data), preprocessing=replace(source.preprocessing, fit="pad")
    )
    network, plain = twins(project, export_code(project))
    return replace(project, weights=weights.snapshot(network, 1)), plain.eval()


@dataclass(frozen=True)
class Case:
    """One input: what the window is told, what a script gives, the picture that should come of it, and a file of it for the
    command line, if there can be one."""

    show: Callable[[InspectController], None]
    script: str | Path | int | Bytes
    picture: Bytes
    """uint8 ``(C, H, W)``."""
    file: Path | None
    as_drawing: bool = False


def case_of(kind: str, data: str, folder: Path) -> Case:
    shape = SOURCES[data].shape
    held = datasets.load(DataSettings(data if SOURCES[data].bundled else "mnist"))
    digit = held.test.read([NUMBER])[0, 0].numpy()
    random = np.random.default_rng(0)
    path = folder / f"{kind}.png"
    if kind == "drawing":
        raster = np.array(Image.fromarray(digit).resize((280, 280), Image.Resampling.BICUBIC))
        return Case(lambda window: window.draw(raster), raster, prepare_drawing(raster).centred[None], None, True)
    if kind == "test picture":
        Image.fromarray(digit).save(path)
        return Case(lambda window: window.show_stored(NUMBER), NUMBER, digit[None], path)
    if kind == "paper":
        paper = np.full((300, 260), 235, np.uint8)
        paper[20:188, 80:248] = 235 - np.kron(digit, np.ones((6, 6))) * 0.8
        Image.fromarray(paper).save(path)
        ink = prepare_drawing(picture_as_drawing(paper)).centred[None]
        return Case(lambda window: window.show_file(path, True), path, ink, path, True)
    size = (shape[1], shape[2]) if kind == "grey file" else (90, 121, 3)
    pixels = random.integers(0, 256, size, dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    script: str | Bytes = pixels if kind == "pixels" else str(path)
    fitted = fit_picture(pixels, shape)[0].numpy()
    return Case(lambda window: window.show_file(path, False), script, fitted, path)


def of_torch(plain: nn.Module, project: Project, picture: Bytes) -> torch.Tensor:
    """The logits that plain torch gives, ``(outputs,)``."""
    mean, std = (
        torch.tensor(values).view(-1, 1, 1) for values in (project.preprocessing.mean, project.preprocessing.std)
    )
    with torch.no_grad():
        return plain(((torch.from_numpy(picture) / 255 - mean) / std)[None])[0]


def of_window(qtbot: QtBot, project: Project, case: Case) -> Seen:
    """What the window's inspection sees."""
    document = Document(project)
    processor = Processor()
    controller = InspectController(document, Selection(), processor)
    seen: list[Seen] = []
    controller.seen.connect(seen.append)
    case.show(controller)
    controller.start()
    qtbot.waitUntil(lambda: bool(seen) and bool(seen[-1].picture.any()), timeout=30_000)
    controller.seen.disconnect(seen.append)
    controller.close()
    processor.close()
    document.close()
    return seen[-1]


CASES = [
    ("mnist", "drawing"), ("mnist", "test picture"), ("mnist", "paper"), ("mnist", "grey file"), ("mnist", "photo"),
    ("mnist", "pixels"), ("mnist_seven", "test picture"), ("mnist_seven", "photo"), ("mnist_angle", "drawing"),
    ("mnist_angle", "paper"), ("mnist_angle", "test picture"), ("cifar10", "photo"), ("cifar10", "grey file"),
    ("cifar10", "pixels"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "kind"), CASES)
def test_there_is_one_answer(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    data: str,
    kind: str,
) -> None:
    (project, plain), source = network_for(data), SOURCES[data]
    case = case_of(kind, data, tmp_path)
    logits = of_torch(plain, project, case.picture)
    shares = torch.stack([1 - logits.sigmoid()[0], logits.sigmoid()[0]]) if len(logits) == 1 else logits.softmax(0)
    expected = (logits if source.target is Target.NUMBER else shares).numpy()

    seen = of_window(qtbot, project, case)
    np.testing.assert_array_equal(seen.picture, case.picture)
    assert seen.logits is not None
    np.testing.assert_allclose(seen.logits, logits.numpy(), rtol=1e-4, atol=1e-5)
    answer = cnnlab.predict(project, case.script, as_drawing=case.as_drawing)
    np.testing.assert_allclose(answer.outputs, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(answer.outputs, seen.logits if source.target is Target.NUMBER else seen.probabilities)
    if case.file is None:
        return
    save(project, tmp_path / "net.cnnlab")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    text = ["predict", str(tmp_path / "net.cnnlab"), str(case.file)]
    monkeypatch.setattr(sys, "argv", ["cnnlab", *text, *(["--as-drawing"] if case.as_drawing else [])])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    share = [] if answer.probability is None else [f"{100 * answer.probability:.2f} %"]
    assert capsys.readouterr().out.strip().split("\t") == [str(case.file), answer.label, *share]
