"""Build, Train and Explore: three arrangements of the same docks around the same canvas."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from cnnlab.gui.theme.theme import GRID


class Workspace(StrEnum):
    """What the person is mainly doing."""

    BUILD = "build"
    TRAIN = "train"
    EXPLORE = "explore"


_SHOWN = {
    Workspace.BUILD: {"palette", "input", "layer", "prediction"},
    Workspace.TRAIN: {"settings", "input", "layer", "prediction", "curves", "runs", "evaluation"},
    Workspace.EXPLORE: {"input", "layer", "prediction"},
}

_ROOM_FOR_PAD = 120 * GRID
"""Height of the window in pixels: with less, settings and input would show a few lines of each, so they share one place."""


def arrange(window: QMainWindow, docks: dict[str, QDockWidget], workspace: Workspace) -> None:
    """Show the docks of ``workspace`` at sizes that suit the window; what was hidden keeps its content. The code stays where
    it is wanted, and the workspace's own tabs come before it."""
    for name, dock in docks.items():
        if name != "code":
            dock.setVisible(name in _SHOWN[workspace])
    width, height = window.width(), window.height()
    explore = workspace is Workspace.EXPLORE
    train = workspace is Workspace.TRAIN
    _stack(window, docks, tabbed=train and height < _ROOM_FOR_PAD)
    left = max((39 if train else 31) * GRID, round(width * (0.2 if explore else 0.16)))
    right = max(41 * GRID, round(width * (0.32 if explore else 0.2)))
    window.resizeDocks([docks["input"], docks["layer"]], [left, right], Qt.Orientation.Horizontal)
    # The pad is a square with tools and strip below it; the rest of the column is the palette's or the settings'.
    square = left + 24 * GRID
    upper = "settings" if workspace is Workspace.TRAIN else "palette"
    if not explore:
        window.resizeDocks(
            [docks[upper], docks["input"]], [max(height - square, 20 * GRID), square], Qt.Orientation.Vertical
        )
    window.resizeDocks([docks["layer"], docks["prediction"]], [height - 43 * GRID, 43 * GRID], Qt.Orientation.Vertical)
    if workspace is Workspace.TRAIN:
        docks["curves"].raise_()
        window.resizeDocks([docks["curves"]], [max(34 * GRID, round(height * 0.34))], Qt.Orientation.Vertical)
    elif not docks["code"].isHidden():
        window.resizeDocks([docks["code"]], [round(height * 0.4)], Qt.Orientation.Vertical)


def _stack(window: QMainWindow, docks: dict[str, QDockWidget], tabbed: bool) -> None:
    """Put the input below what is left of the canvas, or in one place with the settings."""
    palette, settings, input_ = docks["palette"], docks["settings"], docks["input"]
    if tabbed:
        window.tabifyDockWidget(settings, input_)
        settings.raise_()
    elif input_ in window.tabifiedDockWidgets(settings):
        # Beside a dock in a place with tabs, Qt adds a tab: so each is put beside the palette, which never is in one.
        window.splitDockWidget(palette, input_, Qt.Orientation.Vertical)
        window.splitDockWidget(palette, settings, Qt.Orientation.Vertical)
