"""Pictures of every workspace, light and dark, small and large, empty and full: ``python -m cnnlab.screenshots DIR``.

One window does what a person would do: it trains some batches, draws a digit, selects a layer and clicks a pixel.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from cnnlab.gui.window.main_window import MainWindow

SIZES = ((1366, 768), (2560, 1440))
BATCHES = 250
_PATIENCE = 120.0
_LAYER, _PIXEL = "conv2", (12, 4, 5)


def main(folder: Path) -> int:
    """Write the pictures into ``folder``; returns the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from cnnlab.gui.theme import theme
    from cnnlab.gui.workers.qt_threads import GarbageCollector

    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication(sys.argv[:1])
    theme.apply(application, dark=False)
    GarbageCollector(application)
    for name in _pictures(application, folder):
        print(name)
    return 0


def _pictures(application: object, folder: Path) -> Iterator[str]:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from cnnlab.core import templates
    from cnnlab.gui.gallery.dialog import GalleryDialog
    from cnnlab.gui.theme import theme
    from cnnlab.gui.window.main_window import MainWindow
    from cnnlab.gui.window.workspaces import Workspace

    assert isinstance(application, QApplication)
    window = MainWindow(templates.BY_KEY["empty"].build())
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1366, 768)
    window.show()
    window.start()
    _until(application, lambda: bool(window.document.facts.digest))

    def take(state: str) -> Iterator[str]:
        for dark in (False, True):
            theme.apply(application, dark)
            for width, height in SIZES:
                window.resize(width, height)
                for workspace in Workspace:
                    window.show_workspace(workspace)
                    if workspace is Workspace.EXPLORE and state == "pixel":
                        window.tabs.setCurrentWidget(window.layer_views.pixel)
                    _settle(application)
                    name = f"{workspace}-{state}-{'dark' if dark else 'light'}-{width}x{height}.png"
                    window.grab().save(str(folder / name))
                    yield name

    yield from take("empty")
    window.files.new("mnist")
    window.selection.set([_LAYER])
    _until(application, lambda: window.document.facts.trainable)
    window.training.train()
    _until(application, lambda: window.training.progress.steps >= BATCHES)
    window.input_panel.pad.set_raster(_digit())
    _settle(application)
    yield from take("training")
    window.training.stop()
    _until(application, lambda: window.training.state.value == "idle")
    window.layer_views.maps.panel.sheet.clicked.emit(*_PIXEL)
    yield from take("pixel")
    yield from _panels(application, window, folder)
    window.document.open(templates.BY_KEY["resnet18"].build(), None)
    window.files.opened.emit()
    window.docks["code"].toggleViewAction().trigger()
    _until(application, lambda: window.document.facts.trainable)
    window.selection.set(["layer1.0.conv2"])
    yield from take("resnet")
    for dark in (False, True):
        theme.apply(application, dark)
        window.show_gallery()
        gallery = window.findChild(GalleryDialog)
        assert gallery is not None
        gallery.search.setText("googlenet")
        _settle(application)
        name = f"gallery-{'dark' if dark else 'light'}.png"
        gallery.grab().save(str(folder / name))
        yield name
        gallery.reject()
    window.end()
    window.close()


def _panels(application: object, window: MainWindow, folder: Path) -> Iterator[str]:
    """What lies behind tabs of the Train workspace, after runs that went on to their first validation, and the test of learning
    rates."""
    from PySide6.QtWidgets import QApplication

    from cnnlab.core.messages import message
    from cnnlab.core.project import changes
    from cnnlab.gui.theme import theme
    from cnnlab.gui.training.range_test.range_dialog import RangeDialog
    from cnnlab.gui.window.workspaces import Workspace

    assert isinstance(application, QApplication)

    def both(name: str, widget: QWidget) -> Iterator[str]:
        for dark in (False, True):
            theme.apply(application, dark)
            for width, height in SIZES:
                window.resize(width, height)
                _settle(application)
                file = f"{name}-{'dark' if dark else 'light'}-{width}x{height}.png"
                widget.grab().save(str(folder / file))
                yield file

    window.show_workspace(Workspace.TRAIN)
    for source in ("mnist_angle", "mnist"):
        window.pictures_folder.use(source)
        window.document.edit(
            message("Short"), lambda project: changes.set_training(project, epochs=1, max_steps=BATCHES)
        )
        _until(application, lambda: window.document.facts.trainable)
        window.training.train()
        _until(application, lambda: window.training.state.value != "idle")
        _until(application, lambda: window.training.state.value == "idle")
        window.docks["evaluation"].raise_()
        yield from both(f"figures-{source}", window)
    window.show_runs()
    yield from both("runs", window)
    window.document.edit(
        message("Vary"), lambda project: changes.set_augmentation(project, rotation=15, translation=0.1)
    )
    window.settings_panel.setCurrentWidget(window.settings_panel.pictures)
    yield from both("pictures", window)
    window.range_tests.ask()
    dialog = window.findChild(RangeDialog)
    assert dialog is not None
    _until(application, lambda: not dialog.is_busy)
    yield from both("range-test", dialog)
    dialog.close()


def _digit() -> np.ndarray:
    """A test picture of a 5 as it would be drawn on the pad."""
    from PIL import Image

    from cnnlab.core.project.project import Project
    from cnnlab.engine.inspection import inputs
    from cnnlab.engine.inspection.looks import Input

    picture = inputs.read(Input.stored(Project(), 15)).pixels
    assert picture is not None
    return np.array(Image.fromarray(picture[0]).resize((280, 280), Image.Resampling.BICUBIC))


def _until(application: object, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the window did not come to the state that the picture needs")
        _turn(application)


def _settle(application: object) -> None:
    end = time.monotonic() + 0.7
    while time.monotonic() < end:
        _turn(application)


def _turn(application: object) -> None:
    from PySide6.QtWidgets import QApplication

    assert isinstance(application, QApplication)
    application.processEvents()
    time.sleep(0.005)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("python -m cnnlab.screenshots DIR", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(Path(sys.argv[1])))
