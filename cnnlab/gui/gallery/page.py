"""The page about one network: who made it, what was new, what it looks like, its numbers, and where common code differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QVBoxLayout, QWidget

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import byte_count, counted, short, whole
from cnnlab.core.params import changed
from cnnlab.core.templates import MULTIPLY_ADDS, PARAMETERS, Template
from cnnlab.core.training.settings import unusual
from cnnlab.gui.gallery.entries import DATA_NAMES
from cnnlab.gui.gallery.miniature import Legend, Miniature
from cnnlab.gui.gallery.sketch import Sketch
from cnnlab.gui.gallery.workshop import Made
from cnnlab.gui.panels.labels import Heading, TextLabel
from cnnlab.gui.theme.theme import GRID, LARGE

if TYPE_CHECKING:
    from cnnlab.engine.importer.published import Published
from collections.abc import Sequence

from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout

from cnnlab.core.numerals import NOTHING
from cnnlab.gui.theme.theme import SMALL, signals, theme


class FiguresTable(QWidget):
    """Rows of a name and a value in each column; lines between them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(GRID)
        self._heads: list[TextLabel] = []
        self._cells: list[TextLabel] = []
        signals().changed.connect(self.update)

    def show_rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """``columns`` are the titles right of the names; each row is a name and one value a column."""
        for cell in (*self._heads, *self._cells):
            self._grid.removeWidget(cell)
            cell.hide()  # at once: deleting it waits for the event loop
            cell.deleteLater()
        self._heads = [TextLabel(title, size=SMALL, colour="muted", wrap=False) for title in ("", *columns)]
        self._cells = []
        for column, head in enumerate(self._heads):
            self._grid.addWidget(head, 0, column)
        for row, values in enumerate(rows, 1):
            for column, value in enumerate(values):
                cell = TextLabel(value or NOTHING, colour="text" if column else "muted", tabular=bool(column))
                if column:
                    cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._cells.append(cell)
                self._grid.addWidget(cell, row, column, Qt.AlignmentFlag.AlignTop)
        for column in range(len(columns) + 1):
            self._grid.setColumnStretch(column, 2 if column else 1)
        self.setVisible(bool(rows))

    @property
    def texts(self) -> list[str]:
        """All cells, row by row, without the titles."""
        return [cell.text() for cell in self._cells]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(theme().border))
        width = len(self._heads)
        for cell in self._cells[::width] if width else []:
            y = cell.geometry().top() - GRID // 2 - 1
            painter.drawLine(0, y, self.width(), y)
        painter.end()


class NetworkPage(QScrollArea):
    """Shows a template or one of torchvision's models; the drawing is given when there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(_("About the network"))
        self.title = TextLabel(size=LARGE, bold=True)
        self._by = TextLabel(colour="muted")
        self._paper = TextLabel(colour="muted")
        self.use = TextLabel(colour="good")
        self.miniature = Miniature()
        self._legend = Legend()
        self._new_title = Heading(_("What was new"))
        self.new = TextLabel()
        self._figures_title = Heading(_("In numbers"))
        self.figures = FiguresTable()
        self._training_title = Heading(_("How it is trained"))
        self.training = FiguresTable()
        self._notes_title = Heading(_("Good to know"))
        self._notes = QVBoxLayout()
        self._notes.setSpacing(GRID)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 3 * GRID)
        column.setSpacing(GRID // 2)
        for widget in (self.title, self._by, self._paper, self.use):
            column.addWidget(widget)
        column.addSpacing(GRID)
        column.addWidget(self.miniature)
        column.addWidget(self._legend)
        for title, content in (
            (self._new_title, self.new),
            (self._figures_title, self.figures),
            (self._training_title, self.training),
            (self._notes_title, self._notes),
        ):
            column.addSpacing(2 * GRID)
            column.addWidget(title)
            if isinstance(content, QLayout):
                column.addLayout(content)
            else:
                column.addWidget(content)
        column.addStretch()
        self.setWidget(page)

    def show_template(self, template: Template) -> None:
        """Tell about one of our templates."""
        made = [str(template.year) if template.year is not None else "", template.authors]
        self._set_head(
            str(template.title),
            " · ".join(part for part in made if part),
            _("“{title}”", title=template.paper) if template.paper else "",
        )
        self._set_use(*_use(template.data))
        self._new_title.setText(_("What was new") if template.paper else _("What there is to see"))
        self._set(self._new_title, self.new, str(template.new))
        self._show_figures(template)
        self._show_training(template)
        self._set_notes(list(map(str, template.notes)))

    def show_model(self, model: Published, made: Made | None) -> None:
        """Tell about one of torchvision's models; what was counted when it has been made."""
        self._set_head(model.name, _("torchvision’s model, read layer by layer from its code"), "")
        self._set_use(*_use("imagenet"))
        self._set(self._new_title, self.new, "")
        size, percent = show((3, model.side, model.side)), f"{model.top1:.1f}"
        self.figures.show_rows(
            [_("As torchvision publishes it"), _("Counted here")],
            [
                [str(PARAMETERS), whole(model.parameters), whole(made.parameters) if made else ""],
                [
                    str(MULTIPLY_ADDS),
                    _("{count} for {size}", count=short(model.macs), size=size),
                    short(made.macs) if made else "",
                ],
                [_("Accuracy"), _("{percent} % on ImageNet (top-1)", percent=percent), ""],
            ],
        )
        self._set_training([])
        notes = [
            _("It comes without weights: File > Import weights… loads a file that you downloaded from torchvision.")
        ]
        if model.name in ("googlenet", "inception_v3"):
            notes.append(_("The auxiliary outputs, which only training uses, are left out."))
        if model.name == "inception_v3":
            notes.append(_("torchvision’s count of parameters includes those of the auxiliary output."))
        self._set_notes(notes)

    def show_sketch(self, drawing: Sketch) -> None:
        """The drawing of the network."""
        self.miniature.show_sketch(drawing)
        self._legend.show_families(drawing.families)

    def show_no_sketch(self, text: str) -> None:
        """Why there is no drawing yet."""
        self.miniature.show_text(text)
        self._legend.show_families(())

    def _show_figures(self, template: Template) -> None:
        ours = {
            PARAMETERS: whole(template.parameters) if template.parameters else "",
            MULTIPLY_ADDS: counted(template.macs) if template.macs else "",
        }
        said = dict(template.numbers)
        rows = [[str(name), str(said.get(name, "")), ours.get(name, "")] for name in dict.fromkeys((*ours, *said))]
        if said:
            self.figures.show_rows([_("In the paper"), _("Counted here")], rows)
        else:
            self.figures.show_rows([_("Counted here")], [[name, count] for name, _paper, count in rows])

    def _show_training(self, template: Template) -> None:
        """What is set otherwise than usual, of a network that is trained here."""
        settings = (*unusual(template.training), *changed(AUGMENTATION_PARAMS, template.augmentation))
        self._set_training([[str(label), value] for label, value in settings] if template.trains_on else [])

    def _set_training(self, rows: list[list[str]]) -> None:
        self.training.show_rows([_("set to")], rows)
        self._training_title.setVisible(bool(rows))

    def _set_head(self, title: str, by: str, paper: str) -> None:
        self.title.setText(title)
        for label, text in ((self._by, by), (self._paper, paper)):
            label.setText(text)
            label.setVisible(bool(text))
        self.verticalScrollBar().setValue(0)

    def _set_use(self, text: str, colour: str) -> None:
        self.use.setText(text)
        self.use.set_colour(colour)

    def _set(self, title: Heading, label: TextLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))
        title.setVisible(bool(text))

    def _set_notes(self, notes: list[str]) -> None:
        while (item := self._notes.takeAt(0)) is not None:
            label = item.widget()
            if label is not None:
                label.hide()  # at once: deleting it waits for the event loop
                label.deleteLater()
        notes = [note for note in notes if note]
        for note in notes:
            self._notes.addWidget(TextLabel(note))
        self._notes_title.setVisible(bool(notes))


def _use(data: str) -> tuple[str, str]:
    """What can be done with a network made for a data set, and the colour to say it in."""
    source, name = SOURCES[data], DATA_NAMES[data]
    if source.bundled:
        return _("Trains here on {data}.", data=name), "good"
    if source.has_pictures:
        size = byte_count(source.download_bytes)
        return _("Trains on {data}, whose pictures can be downloaded ({size}).", data=name, size=size), "text"
    return _(
        "Made for the photos of {data}, which do not come with cnnlab: open it to look inside.", data=name
    ), "muted"
