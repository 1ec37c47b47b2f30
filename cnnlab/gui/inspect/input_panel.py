"""Where the input comes from: the pad, a picture of the test split, or a file; and below it, what the network receives."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.data.sources import Source
from cnnlab.core.messages import text as _
from cnnlab.engine.inspection.looks import Input, Seen
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.inspect.draw_pad import DrawPad
from cnnlab.gui.inspect.empty_state import paint_empty
from cnnlab.gui.inspect.preparation_strip import PreparationStrip, Stage
from cnnlab.gui.inspect.sample_photos import SamplePhotos
from cnnlab.gui.theme import theme
from cnnlab.gui.theme.images import picture_image


class PictureView(QWidget):
    """``set_picture`` takes uint8 ``(C, H, W)``: grey as ink on paper, colour as it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels: np.ndarray | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Input picture"))
        theme.signals().changed.connect(self.update)

    def set_picture(self, pixels: np.ndarray | None, text: str = "") -> None:
        """Show a picture, described by ``text``; None shows the words alone."""
        self._pixels = pixels
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(27 * theme.GRID, 27 * theme.GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(15 * theme.GRID, 15 * theme.GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.theme()
        painter = QPainter(self)
        side = min(self.width(), self.height()) - 2
        frame = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        if self._pixels is None:
            paint_empty(painter, frame, self.accessibleDescription())
        else:
            painter.drawImage(frame, picture_image(self._pixels))
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawRect(frame)
        painter.end()


_TEST_PICTURES = 10_000
_DRAW, _STORED, _FILE = range(3)


class InputPanel(QWidget):
    """Three ways to give an input, one at a time."""

    def __init__(self, controller: InspectController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._preprocessing = Preprocessing()
        self.pad = DrawPad()
        self.stored_view = PictureView()
        self.file_view = PictureView()
        self.file_view.set_picture(None, _("Open a picture file, or drop one here"))
        self.strip = PreparationStrip()
        self._file: Path | None = None
        self._source: Source | None = None

        self._ways = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(0)
        for index, (text, tip) in enumerate(
            (
                (_("Draw"), _("Draw a digit with the mouse")),
                (_("Test picture"), _("Look at a picture of the test set")),
                (_("File"), _("Look at a picture file")),
            )
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setObjectName("segment")
            self._ways.addButton(button, index)
            row.addWidget(button, 1)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.pad)
        self.pages.addWidget(self._stored_page())
        self.pages.addWidget(self._file_page())
        self._ways.button(_DRAW).setChecked(True)
        self._ways.idClicked.connect(self._on_way_chosen)

        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID)
        column.addLayout(row)
        column.addWidget(self.pages, 1)
        column.addWidget(self.strip)

        self.setAcceptDrops(True)
        self.pad.changed.connect(controller.draw)
        controller.seen.connect(self._on_seen)
        controller.input_changed.connect(self._on_input_changed)

    def set_preprocessing(self, preprocessing: Preprocessing) -> None:
        """Let the caption below the strip say how pixels are prepared."""
        self._preprocessing = preprocessing

    def set_source(self, source: Source) -> None:
        """Whose pictures the network is made for: one for photos begins with a photo, one for digits with the pad."""
        if source is self._source:
            return
        before, self._source = self._source, source
        self._ways.button(_STORED).setVisible(source.has_pictures)
        self.stored_view.set_picture(None, _("Press “Another” for a test picture"))
        self._stored_label.clear()
        if source.in_colour:
            self.open_file(self.photos.first)
        elif before is not None:
            self.choose(_DRAW)

    def choose(self, way: int) -> None:
        """Show the pad (0), the test pictures (1) or the file (2), as a click on its button does."""
        self._ways.button(way).setChecked(True)
        self._on_way_chosen(way)

    def open_file(self, path: Path) -> None:
        """Make a picture file the input."""
        self._file = path
        self.choose(_FILE)

    def _stored_page(self) -> QWidget:
        self.number = QSpinBox()
        self.number.setRange(0, _TEST_PICTURES - 1)
        self.number.setWrapping(True)
        self.number.setKeyboardTracking(False)
        self.number.setToolTip(_("Number of the test picture"))
        self.number.setAccessibleName(_("Number of the test picture"))
        self.number.valueChanged.connect(self._controller.show_stored)
        shuffle = QPushButton(_("Another"))
        shuffle.setToolTip(_("Show a test picture chosen at random"))
        shuffle.clicked.connect(self._on_shuffle)
        self._stored_label = QLabel()
        self._stored_label.setFont(theme.font(theme.SMALL))
        row = QHBoxLayout()
        row.addWidget(self.number, 1)
        row.addWidget(shuffle)
        return _page(self.stored_view, self._stored_label, row)

    def _file_page(self) -> QWidget:
        choose = QPushButton(_("Open picture…"))
        choose.setToolTip(_("Choose a picture file"))
        choose.clicked.connect(self.ask_for_file)
        self.as_drawing = QCheckBox(_("As a drawing"))
        self.as_drawing.setToolTip(
            _(
                "Invert a bright background, crop to the ink and centre it, as on the draw pad. Off: prepare it as in"
                " evaluation."
            )
        )
        self.as_drawing.toggled.connect(self._on_as_drawing)
        self._file_label = QLabel()
        self._file_label.setFont(theme.font(theme.SMALL))
        self._file_label.setWordWrap(True)
        self.photos = SamplePhotos()
        self.photos.chosen.connect(self.open_file)
        row = QHBoxLayout()
        row.addWidget(choose, 1)
        row.addWidget(self.as_drawing)
        return _page(self.file_view, self._file_label, self.photos, row)

    def ask_for_file(self) -> None:
        """Let the person choose a picture file."""
        text = _("Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff);;All files (*)")
        name, _filter = QFileDialog.getOpenFileName(self, _("Open picture"), "", text)
        if name:
            self.open_file(Path(name))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = event.mimeData().urls()[0].toLocalFile()
        if path:
            self.open_file(Path(path))
            event.acceptProposedAction()

    def _on_way_chosen(self, way: int) -> None:
        self.pages.setCurrentIndex(way)
        if way == _DRAW:
            self._controller.draw(self.pad.raster())
        elif way == _STORED:
            self._controller.show_stored(self.number.value())
        elif self._file is not None:
            self._controller.show_file(self._file, self.as_drawing.isChecked())
        else:
            # No file yet: nothing is the input, as the page says.
            self._controller.draw(np.zeros_like(self.pad.raster()))

    def _on_shuffle(self) -> None:
        self.number.setValue(random.randrange(_TEST_PICTURES))

    def _on_as_drawing(self) -> None:
        if self._file is not None:
            self._controller.show_file(self._file, self.as_drawing.isChecked())

    def _on_input_changed(self, given: Input) -> None:
        page = self.pages.currentIndex()
        if page == _STORED and not given.is_drawing:
            text = _("True class: {label}", label=given.label)
            self.stored_view.set_picture(given.pixels, text)
            self._stored_label.setText(text)
        elif page == _FILE and self._file is not None:
            self.file_view.set_picture(given.pixels, self._file.name)
            self._file_label.setText(self._file.name)

    def _on_seen(self, seen: Seen) -> None:
        if seen.steps is not None and seen.steps.empty:
            self.strip.set_stages(())
            return
        if seen.steps is not None:
            stages = [
                Stage(_("Crop"), seen.steps.crop, "ink"),
                Stage(_("Fit"), seen.steps.fitted, "ink"),
                Stage(_("Centre"), seen.steps.centred, "ink"),
            ]
        elif len(seen.picture) == 3:
            stages = [Stage(_("Picture"), seen.picture.transpose(1, 2, 0), "colour")]
        else:
            stages = [Stage(_("Picture"), seen.picture[0], "ink")]
        if seen.received is not None:
            title = _("Received") if len(seen.received) == 1 else _("Received: red")
            stages.append(Stage(title, seen.received[0], "signed"))
        self.strip.set_stages(stages, *self._formula())

    def _formula(self) -> tuple[str, str]:
        """How a pixel becomes what the network receives: a line, and what there is no room for in it."""
        mean, std = (
            ", ".join(f"{value:g}" for value in values)
            for values in (self._preprocessing.mean, self._preprocessing.std)
        )
        if len(self._preprocessing.mean) == 1:
            return _("(pixel / 255 − {mean}) / {std}", mean=mean, std=std), ""
        return _("(pixel / 255 − mean) / standard deviation"), _(
            "For red, green and blue the means are {mean}, the standard deviations {std}.", mean=mean, std=std
        )


def _page(view: PictureView, *below: QWidget | QHBoxLayout) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(view, 1)
    for each in below:
        if isinstance(each, QWidget):
            column.addWidget(each)
        else:
            column.addLayout(each)
    return page
