"""The dialogs of the Help menu: keys and gestures, the glossary, version and licences."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QMessageBox, QScrollArea, QVBoxLayout, QWidget

from cnnlab.core.glossary import TERMS
from cnnlab.core.messages import text as _
from cnnlab.gui.theme import theme
from cnnlab.version import __version__


def gestures() -> list[tuple[str, str]]:
    """What the mouse and the plain keys do on the canvas, the pad and the maps."""
    return [
        (_("Drag a layer from the palette"), _("Add it; onto a wire: insert it there")),
        (_("Drag from port to port"), _("Connect; from the end of a wire: move or remove it")),
        (_("Wheel"), _("Zoom at the mouse, on canvas and maps")),
        (_("Middle button, or Space and drag"), _("Pan the canvas")),
        (_("Delete, arrows, F2, Tab"), _("Delete, nudge, rename, next card")),
        (_("C, then Tab and Enter"), _("Connect by keyboard")),
        (_("Click a pixel of a convolution's map"), _("See the sum behind it")),
        (_("Right button on the pad"), _("Erase")),
    ]


def keys_dialog(parent: QWidget, actions: Sequence[QAction]) -> QDialog:
    """A dialog with every shortcut of ``actions`` and the gestures."""
    rows = [
        (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), action.text().replace("&", ""))
        for action in actions
        if not action.shortcut().isEmpty()
    ]
    return _table_dialog(parent, _("Keyboard and gestures"), [*gestures(), *rows])


def glossary_dialog(parent: QWidget) -> QDialog:
    """A dialog with the terms of the course: English, Chinese and meaning."""
    rows = [(str(term.title), term.chinese, str(term.meaning)) for term in TERMS.values()]
    return _table_dialog(parent, _("Glossary"), rows, wraps=True)


def _table_dialog(parent: QWidget, title: str, rows: Sequence[Sequence[str]], *, wraps: bool = False) -> QDialog:
    """A dialog with one table that scrolls, the first column bold; ``wraps`` breaks lines at its width."""
    cell = "<td style='padding: 3px 24px 3px 0'>"
    lines = (
        f"<tr>{cell}<b>{head}</b></td>{''.join(f'{cell}{each}</td>' for each in rest)}</tr>" for head, *rest in rows
    )
    label = QLabel(f"<table>{''.join(lines)}</table>")
    label.setWordWrap(wraps)
    label.setContentsMargins(2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID, 2 * theme.GRID)
    area = QScrollArea()
    area.setWidget(label)
    area.setWidgetResizable(True)
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addWidget(area)
    column.addWidget(buttons)
    dialog.resize(100 * theme.GRID, 76 * theme.GRID)
    dialog.finished.connect(dialog.deleteLater)
    return dialog


def about_box(parent: QWidget) -> QMessageBox:
    """Version, licences, where the data is from."""
    text = _(
        "<b>cnnlab {version}</b><p>Build, train and look inside convolutional networks.</p><p>Code: MIT. MNIST: Yann LeCun "
        "and Corinna Cortes, CC BY-SA 3.0. Icons: Material Design Icons, Apache 2.0.</p>",
        version=__version__,
    )
    box = QMessageBox(QMessageBox.Icon.NoIcon, _("About cnnlab"), text, QMessageBox.StandardButton.Close, parent)
    box.finished.connect(box.deleteLater)
    return box
