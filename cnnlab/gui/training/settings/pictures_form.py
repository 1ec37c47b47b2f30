"""How training pictures come to the network: preprocessing, and augmentation with a preview."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.preprocessing import PREPROCESSING_PARAMS, disagreement
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import Message, message
from cnnlab.core.messages import text as _
from cnnlab.core.params import Numbers, Param
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.panels.fields import Field, NumbersField
from cnnlab.gui.panels.form_area import FormArea
from cnnlab.gui.panels.labels import Button, TextLabel
from cnnlab.gui.panels.param_form import ParamForm, field_for
from cnnlab.gui.theme.theme import GRID, SMALL
from cnnlab.gui.training.run.run_thread import load_dataset
from cnnlab.gui.training.settings.preview_strip import COUNT, PreviewStrip
from cnnlab.gui.workers.qt_threads import Lane, LatestWorker, OneAtATime, Processor, message_of
from cnnlab.gui.workers.turns import Rank

if TYPE_CHECKING:
    from cnnlab.engine.data.statistics import MeanAndStd, Way

_OF_COLOUR = {"saturation", "rgb_shift"}


@dataclass(frozen=True)
class PreviewRequest:
    """A training picture to augment; ``number`` says which, counted round the set."""

    project: Project
    number: int
    count: int


def varied(preview: PreviewRequest) -> np.ndarray:
    """The picture as ``count`` epochs would show it, uint8 ``(count, C, H, W)``. Raises ``DataError`` or
    ``PreparationError``."""
    from cnnlab.engine.data import augment

    project = preview.project
    pictures = training_pictures(project)
    picture = pictures.read([preview.number % len(pictures)])[0]
    return augment.preview(picture, project, preview.count, project.training.seed).numpy()


@dataclass(frozen=True, eq=False)
class NormalisationRequest:
    """The training pictures of a project, to normalise in a ``way`` for a network that reads ``channels``."""

    project: Project
    pictures: Any
    channels: int
    way: Way


def training_pictures(project: Project) -> Any:
    """The training pictures of ``project``, read from the disk where they are not in memory yet. Raises ``DataError``."""
    return load_dataset(project).train


def normalisation(asked: NormalisationRequest) -> Generator[int, None, MeanAndStd]:
    """Mean and standard deviation that ``Preprocessing`` needs for it, in steps. Raises ``DataError`` or ``PreparationError``."""
    from cnnlab.engine.data import statistics

    return statistics.measuring(asked.pictures, asked.channels, asked.way)


class PicturesForm(FormArea):
    """The form of preprocessing and augmentation. Follows the document; every change is a step to undo. The preview is made
    behind the window."""

    def __init__(self, document: Document, processor: Processor, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self._number = 0
        """The number of the training picture in the preview."""
        self._asked: tuple[object, ...] = ()
        """What the preview is of."""
        self._worker = LatestWorker(varied, self)
        self._worker.done.connect(self._on_varied)
        self._worker.failed.connect(self._on_failed)
        self._reading = OneAtATime(self)
        self._measuring = Lane(processor, Rank.REPORT, normalisation, self)
        self._measuring.done.connect(self._take)
        self._measuring.failed.connect(self._on_measuring_failed)
        self._is_measuring = False
        self.preparation = ParamForm(_("Preprocessing"), PREPROCESSING_PARAMS, field_of=_field, refusal=self._refusal)
        self.augmentation = ParamForm(_("Augmentation"), AUGMENTATION_PARAMS)
        self.strip = PreviewStrip()
        self.hint = TextLabel(size=SMALL, colour="muted")
        self.another = Button(_("Another picture"), _("Show the next training picture"))
        self.another.clicked.connect(self._on_another)
        self.ways: dict[Way, Button] = {
            "zscore": Button(_("Z-score"), _("Mean 0 and standard deviation 1 over the training pictures")),
            "minmax": Button(_("Min–max"), _("The darkest training value becomes −1, the brightest 1")),
            "unit": Button(_("0 to 1"), _("Black is 0 and white is 1, whatever the training pictures are")),
        }
        self.failure = TextLabel(size=SMALL, colour="problem")
        self.failure.hide()
        self._lay_out()
        self.preparation.changed.connect(partial(self._change, changes.set_preprocessing))
        self.augmentation.changed.connect(partial(self._change, changes.set_augmentation))
        for way, button in self.ways.items():
            button.clicked.connect(partial(self._on_way_clicked, way))
        document.edited.connect(self._show)
        document.facts_changed.connect(self._ask)
        self._show()

    def end(self) -> None:
        """Wait for the threads in hand and begin none any more."""
        self._worker.close()
        self._reading.close()
        self._measuring.drop()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def _lay_out(self) -> None:
        self.setAccessibleName(_("Training pictures"))
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID // 2)
        for button in self.ways.values():
            buttons.addWidget(button, 1)
        for widget in (self.hint, self.strip, self.another):
            self.augmentation.put_first(widget)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self.preparation)
        column.addWidget(TextLabel(_("Compute mean and standard deviation for"), size=SMALL, colour="muted"))
        column.addLayout(buttons)
        column.addWidget(self.failure)
        column.addWidget(self.augmentation)
        column.addStretch()
        self.setWidget(page)

    # Following

    def _show(self) -> None:
        project = self._document.project
        self.preparation.show_values(vars(project.preprocessing))
        grey = _channels(project) == 1
        effective = {param.name for param in AUGMENTATION_PARAMS if not (grey and param.name in _OF_COLOUR)}
        self.augmentation.show_values(asdict(project.augmentation), effective)
        readable = _can_be_read(project)
        for button in self.ways.values():
            button.setEnabled(readable and not self._is_measuring)
        self._ask()

    def _ask(self) -> None:
        """Have a new preview made if one is wanted and it would be different."""
        project = self._document.project
        wanted = bool(project.augmentation) and _can_be_read(project)
        if not wanted:
            self._asked = ()
            self._show_preview(None, _nothing_to_see(project))
        # Sizes are known when torch is loaded; before, the thread would take the processor from the window for seconds.
        elif self.isVisible() and self._document.facts.digest and self._question() != self._asked:
            if not self._asked:
                self._show_preview(None, _("Preparing the preview…"))
            self._asked = self._question()
            self._worker.submit(PreviewRequest(project, self._number, COUNT))

    def _question(self) -> tuple[object, ...]:
        project = self._document.project
        return (
            project.augmentation, project.preprocessing, project.data, project.training.seed,
            project.graph.of_type("input"), self._number,
        )  # fmt: skip

    def _on_varied(self, _preview: PreviewRequest, pictures: np.ndarray) -> None:
        if self._asked:
            self._show_preview(pictures, _("One training picture, as {count} epochs would show it:", count=COUNT))

    def _on_failed(self, _preview: PreviewRequest, error: BaseException) -> None:
        if self._asked:
            self._show_preview(None, str(message_of(error)))

    def _show_preview(self, pictures: np.ndarray | None, text: str) -> None:
        self.strip.show_pictures(pictures)
        self.strip.setVisible(pictures is not None)
        self.another.setVisible(pictures is not None)
        self.hint.setText(text)

    # What the person does

    def _refusal(self, name: str, value: Any) -> Message | None:
        project = self._document.project
        mean, std = (
            value if name == each else getattr(project.preprocessing, each) for each in ("mean", "std")
        )  # fmt: skip
        return disagreement(mean, std, _channels(project)) if name != "fit" else None

    def _on_another(self) -> None:
        self._number += 1
        self._ask()

    def _on_way_clicked(self, way: Way, _checked: bool = False) -> None:
        project = self._document.project
        self.failure.hide()
        self._is_measuring = True
        read = partial(training_pictures, project)
        self._reading.run(read, partial(self._measure, project, way), self._on_not_measured)
        self._show()

    def _measure(self, project: Project, way: Way, pictures: Any) -> None:
        self._measuring.submit(NormalisationRequest(project, pictures, _channels(project), way))

    def _take(self, asked: NormalisationRequest, found: MeanAndStd) -> None:
        self._is_measuring = False
        now = self._document.project
        if now.data == asked.project.data and _channels(now) == asked.channels:
            mean, std = found
            self._document.edit(
                message("Normalise the pictures"), lambda now: changes.set_preprocessing(now, mean=mean, std=std)
            )
        self._show()

    def _on_measuring_failed(self, _asked: NormalisationRequest, error: BaseException) -> None:
        self._on_not_measured(error)

    def _on_not_measured(self, error: BaseException) -> None:
        self._is_measuring = False
        self.failure.setText(str(message_of(error)))
        self.failure.show()
        self._show()


def _field(param: Param) -> Field:
    # Half a list of numbers is none: it counts when the person is done.
    return NumbersField(param, at_once=False) if isinstance(param, Numbers) else field_for(param)


def _channels(project: Project) -> int:
    """The channels that the network reads; those of the pictures where there is no Input."""
    nodes = project.graph.of_type("input")
    return int(nodes[0].params["channels"]) if nodes else project.picture_shape[0]


def _can_be_read(project: Project) -> bool:
    source = SOURCES[project.data.source]
    has_input = bool(project.graph.of_type("input"))
    return has_input and source.has_pictures and (source.bundled or bool(project.data.folder))


def _nothing_to_see(project: Project) -> str:
    if not project.augmentation:
        return _("No augmentation: every epoch shows the pictures as they are.")
    return _("There are no training pictures to preview it with.")
