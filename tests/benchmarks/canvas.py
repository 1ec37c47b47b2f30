"""A large network on the canvas: from opening to all cards painted, the paints while panning and zooming, and how long an edit
holds the window up, in milliseconds, offscreen or in a real window.

    python tests/benchmarks/canvas.py [NETWORK] [--cpu]

``NETWORK`` is a key of the gallery or a name of torchvision's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from smallest import parsed

from cnnlab.core import templates
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.editor import icons
from cnnlab.gui.editor.canvas import NetworkCanvas
from cnnlab.gui.editor.view import NetworkView
from cnnlab.gui.selection import Selection
from cnnlab.gui.theme import theme
from cnnlab.gui.workers.qt_threads import GarbageCollector

SIZE = (1366, 768)
ZOOMS = (0.33, 0.66, 1.0)
NO_KEY = Qt.KeyboardModifier.NoModifier

paints: list[float] = []
"""Of the viewport, since it was cleared last."""


def timed_paint(view: NetworkView, event: QPaintEvent) -> None:
    began = clock()
    super(NetworkView, view).paintEvent(event)
    paints.append(1000 * (clock() - began))


def clock() -> float:
    """Seconds; ``--cpu`` puts another in its place."""
    return time.perf_counter()


NetworkView.paintEvent = timed_paint  # type: ignore[method-assign, assignment]


def report(what: str, times: list[float]) -> None:
    times = sorted(times)
    print(
        f"{what:36} median {statistics.median(times):6.1f}  p95 {times[int(0.95 * (len(times) - 1))]:6.1f}"
        f"  largest {times[-1]:6.1f}  of {len(times)}"
    )


def settle(application: QApplication, seconds: float = 0.3) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        application.processEvents()
        time.sleep(0.002)


class Network:
    """A network by its name, which must be one."""

    def __init__(self, name: str) -> None:
        self.name = name
        if name not in templates.BY_KEY:
            from cnnlab.engine.importer import torchvision_models  # takes seconds, which the gallery's need not

            names = torchvision_models.names()
            if name not in names:
                raise argparse.ArgumentTypeError(
                    f"there is no network “{name}”; there are {', '.join((*templates.BY_KEY, *names))}"
                )

    def build(self) -> Project:
        if self.name in templates.BY_KEY:
            return templates.BY_KEY[self.name].build()
        from cnnlab.engine.importer import import_torchvision

        return import_torchvision(self.name)


def open_network(application: QApplication, document: Document, canvas: NetworkCanvas, network: Network) -> None:
    began = clock()
    project = network.build()
    built = clock()
    paints.clear()
    document.open(project, None)
    canvas.fit()
    while not paints:
        application.processEvents()
    painted = clock()
    while not document.facts.order:
        application.processEvents()
        time.sleep(0.001)
    sized = clock()
    print(
        f"{network.name}: {len(project.graph.nodes)} layers, {len(project.graph.wires)} wires. Opened after"
        f" {1000 * (painted - began):.0f} (built and laid out {1000 * (built - began):.0f}, on the canvas and painted"
        f" {1000 * (painted - built):.0f}); all sizes known after {1000 * (sized - began):.0f}"
    )


def pan(application: QApplication, canvas: NetworkCanvas, what: str, steps: int) -> None:
    viewport = canvas.view.viewport()
    at = QPoint(SIZE[0] // 2, SIZE[1] // 2)
    QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, NO_KEY, at)
    settle(application)
    paints.clear()
    for step in range(steps):
        at += QPoint(-9 if step < steps // 2 else 9, -7 if step % 40 < 20 else 7)
        QTest.mouseMove(viewport, at)
        application.processEvents()
    QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, NO_KEY, at)
    report(f"pan at {what}", paints)
    times = []
    for _step in range(max(1, steps // 4)):
        began = clock()
        viewport.repaint()
        times.append(1000 * (clock() - began))
    report(f"the whole viewport at {what}", times)


def zoom(application: QApplication, canvas: NetworkCanvas) -> None:
    viewport = canvas.view.viewport()
    canvas.fit()
    settle(application)
    paints.clear()
    middle = QPointF(SIZE[0] / 2, SIZE[1] / 2)
    for notches in [0.5] * 24 + [-0.5] * 24:
        turn = QPoint(0, round(120 * notches))
        wheel = QWheelEvent(middle, QPointF(viewport.mapToGlobal(middle.toPoint())), QPoint(), turn,
                            Qt.MouseButton.NoButton, NO_KEY, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(viewport, wheel)
        application.processEvents()
    report("zoom by the wheel, from all to 1:1", paints)


def edits(application: QApplication, document: Document, canvas: NetworkCanvas, again: int, pause: float) -> None:
    graph = document.project.graph
    convolutions = [node for node in graph.nodes if node.type == "conv2d"]
    node = convolutions[len(convolutions) // 2]
    x, y = document.project.layout.positions[node.uid]

    def timed(what: str, edit: Callable[[], object]) -> None:
        times = []
        for _again in range(again):
            began = clock()
            edit()
            times.append(1000 * (clock() - began))
            settle(application, pause)
        report(what, times)

    places = iter((x, y + 8.0 * (step + 1)) for step in range(100))
    timed("move a card", lambda: document.edit(message("Move"), lambda p: changes.move(p, {node.uid: next(places)})))
    timed("undo the move", document.undo)
    filters = iter(range(1, 100))
    timed(
        "change a parameter",
        lambda: document.edit(message("Change"), lambda p: changes.set_params(p, node.uid, out_channels=next(filters))),
    )
    timed("undo the change", document.undo)
    timed("sizes arrive", document.facts_changed.emit)
    canvas.view.set_zoom(1.0)
    canvas.reveal(node.uid)
    settle(application)
    at = canvas.view.mapFromScene(canvas.scene.cards[node.uid].card_rect().center())
    viewport = canvas.view.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, NO_KEY, at)
    times = []
    for step in range(40):
        began = clock()
        QTest.mouseMove(viewport, at + QPoint(4 * step, 3 * step))
        application.processEvents()
        times.append(1000 * (clock() - began))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, NO_KEY, at)
    report("drag a card, each movement", times)
    document.undo()


def main() -> None:
    global clock
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", nargs="?", type=Network, default=Network("resnet152"), metavar="NETWORK")
    parser.add_argument(
        "--cpu", action="store_true", help="count only what the window's own thread works, on a busy machine"
    )
    parser.add_argument("--steps", type=int, default=80, help="movements of the mouse in one panning")
    parser.add_argument("--again", type=int, default=8, help="how often each edit is made")
    parser.add_argument("--pause", type=float, default=0.6, help="seconds between two edits")
    asked = parsed(parser, network=Network("mnist"), steps=4, again=1, pause=0.05)
    if asked.cpu:
        clock = time.thread_time
    application = QApplication([])
    theme.apply(application, dark=False)
    document, selection = Document(templates.BY_KEY["empty"].build()), Selection()
    canvas = NetworkCanvas(document, selection)
    collector = GarbageCollector(canvas)
    canvas.resize(*SIZE)
    canvas.show()
    icons.load()
    document.ask_shapes()
    while not document.facts.digest:  # torch is loaded by the first question
        settle(application, 0.05)
    collector.settle()
    open_network(application, document, canvas, asked.network)
    canvas.fit()
    pan(application, canvas, f"{100 * canvas.view.zoom:.0f} % (all)", asked.steps)
    for level in ZOOMS:
        canvas.view.set_zoom(level)
        pan(application, canvas, f"{100 * level:.0f} %", asked.steps)
    zoom(application, canvas)
    edits(application, document, canvas, asked.again, asked.pause)
    document.close()
    canvas.close()


if __name__ == "__main__":
    main()
