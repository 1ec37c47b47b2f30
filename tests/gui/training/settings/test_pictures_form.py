"""How training pictures are prepared and varied, with the preview."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.preprocessing import PREPROCESSING_PARAMS
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.engine.data import datasets
from cnnlab.engine.data.statistics import Way
from cnnlab.gui.document import Document
from cnnlab.gui.training.settings.pictures_form import PicturesForm
from cnnlab.gui.training.settings.preview_strip import COUNT
from cnnlab.gui.workers.qt_threads import Processor


class Panel:
    """The form over a project, and a person before it."""

    def __init__(self, qtbot: QtBot, key: str = "mnist") -> None:
        self.qtbot = qtbot
        self.document = Document(templates.BY_KEY[key].build())
        self.processor = Processor()
        self.form = PicturesForm(self.document, self.processor)
        qtbot.addWidget(self.form)
        self.form.resize(312, 700)
        self.form.show()

    def type(self, name: str, text: str) -> None:
        rows = self.form.augmentation.rows | self.form.preparation.rows
        control = rows[name].field.control
        assert isinstance(control, QLineEdit | QSpinBox)
        control.setFocus()
        control.selectAll()
        self.qtbot.keyClicks(control, text)
        self.qtbot.keyClick(control, Qt.Key.Key_Return)

    def text(self, name: str) -> str:
        control = self.form.preparation.rows[name].field.control
        assert isinstance(control, QLineEdit)
        return control.text()

    def know_sizes(self) -> None:
        with self.qtbot.waitSignal(self.document.facts_changed, timeout=30_000):
            self.document.ask_shapes()

    def preview(self) -> np.ndarray:
        self.qtbot.waitUntil(lambda: self.form.strip.pictures is not None, timeout=30_000)
        assert self.form.strip.pictures is not None
        return self.form.strip.pictures

    @property
    def shown(self) -> set[str]:
        rows = self.form.augmentation.rows | self.form.preparation.rows
        return {name for name, row in rows.items() if row.isVisible()}

    def close(self) -> None:
        self.form.end()
        self.processor.close()
        self.document.close()


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[Panel]:
    made = Panel(qtbot)
    yield made
    made.close()


def test_what_is_typed_is_one_step_to_undo(panel: Panel) -> None:
    panel.type("rotation", "15")
    assert panel.document.project.augmentation.rotation == 15
    panel.document.undo()
    assert panel.document.project.augmentation.rotation == 0
    assert panel.document.undo_label is None


def test_without_augmentation_there_is_nothing_to_see(panel: Panel) -> None:
    panel.know_sizes()
    assert panel.form.strip.isHidden()
    assert panel.form.hint.text() == "No augmentation: every epoch shows the pictures as they are."


def test_the_preview_shows_one_picture_varied_and_follows_the_settings(panel: Panel) -> None:
    panel.know_sizes()
    panel.type("flip_horizontal", "1")
    pictures = panel.preview()
    first = datasets.load(panel.document.project.data).train.read([0])[0].numpy()
    assert pictures.shape == (COUNT, 1, 28, 28)
    assert all((picture == first[..., ::-1]).all() for picture in pictures)
    panel.type("rotation", "30")
    panel.qtbot.waitUntil(lambda: (panel.preview()[0] != panel.preview()[1]).any(), timeout=30_000)
    panel.document.undo()
    panel.document.undo()
    assert panel.form.strip.isHidden()


def test_another_picture_can_be_asked_for(panel: Panel) -> None:
    panel.know_sizes()
    panel.type("flip_horizontal", "1")
    before = panel.preview()
    panel.qtbot.mouseClick(panel.form.another, Qt.MouseButton.LeftButton)
    second = datasets.load(panel.document.project.data).train.read([1])[0].numpy()
    panel.qtbot.waitUntil(lambda: panel.preview() is not before, timeout=30_000)
    assert (panel.preview()[0] == second[..., ::-1]).all()


def test_pictures_that_cannot_be_read_are_told(panel: Panel) -> None:
    panel.know_sizes()
    panel.document.edit(
        message("Data"), lambda project: changes.set_data(project, source="cifar10", folder="/not/there")
    )
    panel.type("rotation", "30")
    panel.qtbot.waitUntil(lambda: "/not/there" in panel.form.hint.text(), timeout=30_000)
    assert panel.form.strip.isHidden()


def test_where_there_are_no_pictures_it_says_so(qtbot: QtBot) -> None:
    panel = Panel(qtbot, "squeezenet1_1")
    panel.type("rotation", "30")
    assert panel.form.hint.text() == "There are no training pictures to preview it with."
    assert not panel.form.ways["zscore"].isEnabled()
    panel.close()


def test_colour_is_varied_only_where_there_is_some(qtbot: QtBot, panel: Panel) -> None:
    panel.form.augmentation.set_open(True)
    assert "saturation" not in panel.shown
    coloured = Panel(qtbot, "resnet20")
    coloured.form.augmentation.set_open(True)
    assert {"saturation", "rgb_shift"} <= coloured.shown
    coloured.close()


@pytest.mark.parametrize(
    ("way", "low", "high", "mean", "std"),
    [("unit", 0.0, 1.0, None, None), ("minmax", -1.0, 1.0, None, None), ("zscore", None, None, 0.0, 1.0)],
)
def test_mean_and_deviation_are_worked_out_from_the_training_pictures(
    panel: Panel, way: Way, low: float | None, high: float | None, mean: float | None, std: float | None
) -> None:
    panel.document.edit(message("Other"), lambda project: changes.set_preprocessing(project, mean=(0.5,), std=(0.25,)))
    before = panel.document.project
    panel.qtbot.mouseClick(panel.form.ways[way], Qt.MouseButton.LeftButton)
    panel.qtbot.waitUntil(lambda: panel.document.project != before, timeout=60_000)
    preprocessing = panel.document.project.preprocessing
    train = datasets.load(panel.document.project.data).train
    values = train.read(list(range(len(train)))).numpy() / np.float32(255)
    values = (values - preprocessing.mean[0]) / preprocessing.std[0]
    for found, expected in ((values.min(), low), (values.max(), high), (values.mean(), mean), (values.std(), std)):
        assert expected is None or found == pytest.approx(expected, abs=1e-3)
    assert panel.text("mean") == f"{preprocessing.mean[0]:.9g}"
    panel.document.undo()
    assert panel.document.project == before


def test_means_are_numbers_to_edit(panel: Panel) -> None:
    panel.type("mean", "0.5")
    panel.type("std", "0.25")
    preprocessing = panel.document.project.preprocessing
    assert (preprocessing.mean, preprocessing.std) == ((0.5,), (0.25,))
    panel.type("mean", "0.1, 0.2, 0.3")
    row = panel.form.preparation.rows["mean"]
    assert row.error == "Give one number for all channels, or one for each: the network reads 1. It is still 0.5."
    assert panel.document.project.preprocessing == preprocessing


def test_one_number_for_each_channel_is_taken_where_there_are_several(qtbot: QtBot) -> None:
    panel = Panel(qtbot, "resnet20")
    panel.type("mean", "0.5")
    assert panel.document.project.preprocessing.mean == (0.5, 0.5, 0.5)
    panel.type("mean", "0.1, 0.2, 0.3")
    assert panel.document.project.preprocessing.mean == (0.1, 0.2, 0.3)
    assert panel.text("mean") == "0.1, 0.2, 0.3"
    panel.close()


def test_every_setting_has_words(panel: Panel) -> None:
    rows = panel.form.augmentation.rows | panel.form.preparation.rows
    for param in (*AUGMENTATION_PARAMS, *PREPROCESSING_PARAMS):
        assert rows[param.name].field.control.accessibleName() == str(param.label)
        assert rows[param.name].field.control.toolTip().startswith(str(param.description))
