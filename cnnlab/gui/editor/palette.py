"""The layers that can be added, by family, with search."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import FAMILY_TITLES, Family, LayerSpec
from cnnlab.core.messages import text as _
from cnnlab.gui.editor import icons
from cnnlab.gui.theme import theme

MIME = "application/x-cnnlab-layer"
_KEY_ROLE = Qt.ItemDataRole.UserRole
_ICON, _ROW, _HEAD = 18, 26, 32


class LayerTree(QTreeWidget):
    """Families with their layers; a layer can be dragged onto the canvas."""

    chosen = Signal(str)
    """A layer was double clicked, or Enter pressed on it: its key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setIndentation(theme.GRID)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)
        self.setIconSize(QSize(_ICON, _ICON))
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setDragEnabled(True)
        self.setDragDropMode(QTreeWidget.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Layers to add"))
        self.setAccessibleDescription(_("Enter adds the layer after the selected card"))
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._families: dict[Family, QTreeWidgetItem] = {}
        for family in dict.fromkeys(spec.family for spec in catalog.LAYERS):
            head = QTreeWidgetItem([str(FAMILY_TITLES[family])])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setFont(0, theme.font(theme.SMALL, bold=True))
            head.setSizeHint(0, QSize(0, _HEAD))
            self.addTopLevelItem(head)
            self._families[family] = head
            for spec in catalog.LAYERS:
                if spec.family is family:
                    self._rows[spec.key] = self._row(head, spec)
        self.expandAll()
        self.itemDoubleClicked.connect(self._on_item_chosen)
        theme.signals().changed.connect(self.show_colours)
        icons.signals().loaded.connect(self.show_colours)
        self.show_colours()

    def _row(self, head: QTreeWidgetItem, spec: LayerSpec) -> QTreeWidgetItem:
        row = QTreeWidgetItem(head, [str(spec.title)])
        row.setData(0, _KEY_ROLE, spec.key)
        row.setToolTip(0, f"<b>{spec.title}</b><br>{spec.description}")
        row.setSizeHint(0, QSize(0, _ROW))
        row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
        return row

    def show_colours(self) -> None:
        """Draw the icons, in the colours of the theme; a coloured square stands in until the icon font is loaded."""
        # A tint, not the full accent: the icons keep their hues on it.
        colours = self.palette()
        colours.setColor(QPalette.ColorRole.Highlight, QColor(theme.theme().selected))
        colours.setColor(QPalette.ColorRole.HighlightedText, QColor(theme.theme().text))
        self.setPalette(colours)
        for head in self._families.values():
            head.setForeground(0, QColor(theme.theme().muted))
        for key, row in self._rows.items():
            row.setIcon(0, QIcon(_picture(catalog.BY_KEY[key], self.devicePixelRatioF())))

    def show_matches(self, query: str, allowed: Callable[[str], bool] = lambda key: True) -> None:
        """Show only the layers that have all words of ``query`` in title, family or description, and are ``allowed``.

        The best is marked; the ends of a network, which have one of each, only where words ask for them."""
        wanted = query.casefold().split()
        first: QTreeWidgetItem | None = None
        best = 0
        for key, row in self._rows.items():
            spec = catalog.BY_KEY[key]
            name = f"{spec.title} {spec.key}".casefold()
            text = f"{name} {FAMILY_TITLES[spec.family]} {spec.description}".casefold()
            shown = allowed(key) and all(word in text for word in wanted)
            row.setHidden(not shown)
            score = 2 if all(word in name for word in wanted) else 1
            is_end = not spec.inputs[1] or not spec.outputs
            if shown and score > best and (wanted or not is_end):
                first, best = row, score
        shown_families = {catalog.BY_KEY[key].family for key in self.keys_shown()}
        for family, head in self._families.items():
            head.setHidden(family not in shown_families)
        if first is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        else:
            self.setCurrentItem(first)

    def keys_shown(self) -> tuple[str, ...]:
        """The layers on the list, in order."""
        return tuple(key for key, row in self._rows.items() if not row.isHidden())

    def choose_current(self) -> None:
        """Choose the marked layer, as Enter does."""
        row = self.currentItem()
        if row is not None:
            self._on_item_chosen(row)

    def _on_item_chosen(self, row: QTreeWidgetItem) -> None:
        key = row.data(0, _KEY_ROLE)
        if key:
            self.chosen.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.choose_current()
        else:
            super().keyPressEvent(event)

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        mime = QMimeData()
        for row in items:
            mime.setData(MIME, str(row.data(0, _KEY_ROLE)).encode())
        return mime


class Palette(QWidget):
    """Search field over the tree. Typing filters, Down goes to the list, Enter adds."""

    layer_activated = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._allowed: Callable[[str], bool] = lambda key: True
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search layers"))
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip(_("Type part of a layer's name; Enter adds the marked layer"))
        self.search.setAccessibleName(_("Search layers"))
        self.tree = LayerTree()
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addWidget(self.search)
        column.addWidget(self.tree)
        self.search.textChanged.connect(self._on_search)
        self.search.returnPressed.connect(self.tree.choose_current)
        self.tree.chosen.connect(self.layer_activated)
        self.setFocusProxy(self.search)
        self.setAccessibleName(_("Layers"))

    def allow(self, allowed: Callable[[str], bool]) -> None:
        """Offer only some layers, by key."""
        self._allowed = allowed
        self._on_search(self.search.text())

    def _on_search(self, query: str) -> None:
        self.tree.show_matches(query, self._allowed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self.search.hasFocus():
            self.tree.setFocus()
            self.tree.keyPressEvent(event)
        else:
            super().keyPressEvent(event)


def dragged_key(mime: QMimeData) -> str | None:
    """The layer type that is being dragged; None if it is something else."""
    key = bytes(mime.data(MIME).data()).decode(errors="replace")
    return key if key in catalog.BY_KEY else None


def _picture(spec: LayerSpec, ratio: float) -> QPixmap:
    """The icon of a layer on a rounded field in the hue of its family."""
    picture = QPixmap(round(_ICON * ratio), round(_ICON * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    colour = QColor(theme.theme().families[spec.family])
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    letter = icons.letter(spec.icon)
    if letter:
        painter.setPen(colour)
        painter.setFont(icons.font(_ICON))
        painter.drawText(0, 0, _ICON, _ICON, Qt.AlignmentFlag.AlignCenter, letter)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(4, 4, _ICON - 8, _ICON - 8, 2, 2)
    painter.end()
    return picture
