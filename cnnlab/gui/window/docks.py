"""The docks around the canvas, and what each holds."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.window.parts import Window


def layer_tabs(window: Window) -> QTabWidget:
    """What there is to know about the selected layer, one view at a time."""
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    tabs.setTabToolTip(tabs.addTab(window.form, _("Layer")), _("Settings and sizes of the selected layer"))
    for view in window.layer_views.all:
        tabs.setTabToolTip(tabs.addTab(view, str(view.tab)), str(view.tip))
    return tabs


def add_docks(window: Window) -> dict[str, QDockWidget]:
    """Put the panels of ``window`` around its canvas; returns the docks by name."""
    window.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
    left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
    bottom = Qt.DockWidgetArea.BottomDockWidgetArea
    window.setCorner(Qt.Corner.BottomLeftCorner, left)
    window.setCorner(Qt.Corner.BottomRightCorner, right)
    docks = {
        name: _dock(window, name, title, content, area)
        for name, title, content, area in (
            ("palette", _("Layers"), window.palette_panel, left),
            ("settings", _("Training"), window.settings_panel, left),
            ("input", _("Input"), window.input_panel, left),
            ("layer", _("Selected layer"), window.tabs, right),
            ("prediction", _("Prediction"), window.prediction, right),
            ("curves", _("Curves"), window.curves_place, bottom),
            ("runs", _("Runs"), window.runs.table, bottom),
            ("evaluation", _("Evaluation"), window.runs.evaluation, bottom),
            ("problems", _("Problems"), window.problems, bottom),
            ("code", _("Code"), window.code, bottom),
        )
    }
    for left_one, right_one in pairwise(("curves", "runs", "evaluation", "problems", "code")):
        window.tabifyDockWidget(docks[left_one], docks[right_one])
    # A dock that comes before its neighbours is not shown by it, for what it holds: that was shown already, out of sight.
    docks["runs"].visibilityChanged.connect(window.runs.library.watch)
    docks["code"].setVisible(window.preferences.code)
    docks["settings"].hide()  # palette, settings and input in one column would need a higher window than many screens
    show_code = docks["code"].toggleViewAction()
    show_code.setShortcut("Ctrl+Shift+C")
    show_code.setToolTip(_("The network as PyTorch source code, as it is now"))
    show_code.triggered.connect(partial(_bring_up, window, docks["code"]))
    return docks


def _bring_up(window: Window, dock: QDockWidget) -> None:
    """A dock that was just shown comes before its neighbours, with room to read in."""
    if not dock.isHidden():
        dock.raise_()
        window.resizeDocks([dock], [window.height() * 2 // 5], Qt.Orientation.Vertical)


def _dock(window: Window, name: str, title: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(name)
    dock.setWidget(content)
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable)
    window.addDockWidget(area, dock)
    return dock
