"""How to train: loss, optimiser, learning rate and the rest, as a form over the project's training settings; and the panel that
holds it, with the form of the pictures in a second tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QTabWidget, QVBoxLayout, QWidget

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import text as _
from cnnlab.core.params import Choice, Param, params
from cnnlab.core.project import changes
from cnnlab.core.training.losses import FITTING, LOSSES
from cnnlab.core.training.settings import GROUPS, TRAINING_PARAMS, matters
from cnnlab.gui.panels.fields import ChoiceField
from cnnlab.gui.panels.form_area import FormArea
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.panels.param_form import ParamForm, ParamRow
from cnnlab.gui.theme.theme import GRID, SMALL
from cnnlab.gui.training.run.controller import TrainingController, TrainingState
from cnnlab.gui.training.settings.live_settings import LiveSettings
from cnnlab.gui.training.settings.pictures_form import PicturesForm
from cnnlab.gui.workers.qt_threads import Processor, Task

_PARAMS: dict[str, Param] = {param.name: param for param in TRAINING_PARAMS}


@dataclass(frozen=True)
class DeviceChoice:
    """A device of this machine: what it is called, and the precisions that it can train in."""

    name: str
    precisions: tuple[str, ...]


def find_devices() -> dict[str, DeviceChoice]:
    """The devices of this machine by their keys in settings, first the one that "auto" takes."""
    from cnnlab.engine.training import devices, precision

    return {
        device.key: DeviceChoice(str(device.name), precision.available(device.key)) for device in devices.available()
    }


class SettingsForm(FormArea):
    """The form of the training settings. Follows the document; every change is a step to undo."""

    range_test_wanted = Signal()
    """The person asks which learning rate suits."""

    def __init__(self, controller: TrainingController, parent: QWidget | None = None) -> None:
        super().__init__(controller.document, parent)
        self._controller = controller
        self.groups = tuple(ParamForm(str(group.heading), params(group)) for group in GROUPS)
        self.rows: dict[str, ParamRow] = {name: row for group in self.groups for name, row in group.rows.items()}
        """The rows of all settings, by name."""
        self.head = TextLabel(size=SMALL, colour="muted")
        """What the loss expects of the network."""
        self._group_of("loss").put_below("loss", self.head)
        self.impossible = TextLabel(size=SMALL, colour="problem")
        """Why this machine cannot train in the chosen precision; visible while it cannot."""
        self._group_of("precision").put_below("precision", self.impossible)
        self._devices: Mapping[str, DeviceChoice] = {}
        """The devices of this machine; empty until they were looked for."""
        self.range_test = QPushButton(_("Find one with a test…"))
        self.range_test.setToolTip(_("Try growing learning rates on a copy of the network to find one that suits"))
        self.range_test.setAccessibleName(_("Find a learning rate with a test"))
        self.range_test.clicked.connect(lambda: self.range_test_wanted.emit())
        self._group_of("learning_rate").put_below("learning_rate", self.range_test)
        self.running = TextLabel(
            _("The current run keeps the settings it started with, except for these:"), size=SMALL, colour="accent"
        )
        self.live = LiveSettings(controller)
        self.next_run = TextLabel(_("For the next run:"), size=SMALL, colour="accent")
        self.never_early = TextLabel(
            _("There are too few epochs for early stopping to take effect."), size=SMALL, colour="muted"
        )
        self._group_of("early_stopping").put_below("early_stopping", self.never_early)
        self._lay_out()
        self._search: Task | None = None
        self._ended = False
        self._offer_devices({})
        for group in self.groups:
            group.changed.connect(partial(self._change, changes.set_training))
        self._document.edited.connect(self._show)
        self._document.facts_changed.connect(self._on_facts_changed)
        controller.state_changed.connect(self._on_state_changed)
        self._show()
        self._on_state_changed()

    def end(self) -> None:
        """Wait for the look at the devices, if it is still going on, and begin none any more."""
        self._ended = True
        if self._search is not None:
            self._search.wait()

    def _lay_out(self) -> None:
        self.setAccessibleName(_("Training settings"))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self.running)
        column.addWidget(self.live)
        column.addWidget(self.next_run)
        for group in self.groups:
            column.addWidget(group)
        column.addStretch()
        self.setWidget(page)

    def _group_of(self, name: str) -> ParamForm:
        return next(group for group in self.groups if name in group.rows)

    def _on_facts_changed(self) -> None:
        # Sizes are known, so torch is loaded by now: to ask it for devices no longer costs seconds.
        if self._search is None and not self._ended:
            self._search = Task(find_devices, self)
            self._search.done.connect(self._offer_devices)
            self._search.start()

    def _offer_devices(self, devices: Mapping[str, DeviceChoice]) -> None:
        self._devices = devices
        self._choice("device").offer(
            ("auto", *(devices or ("cpu",))), {key: device.name for key, device in devices.items()}
        )
        self._bar_precisions()

    def _bar_precisions(self) -> None:
        """A file may carry a precision that this machine does not have: it stays, and the form says so."""
        settings = self._document.project.training
        device = self._devices.get(settings.device) or next(iter(self._devices.values()), None)
        precisions = _PARAMS["precision"]
        assert isinstance(precisions, Choice)
        barred = {
            option: _("{device} cannot train in {precision}.", device=device.name, precision=precisions.show(option))
            for option in precisions.options
            if device is not None and option not in ("auto", *device.precisions)
        }
        self._choice("precision").bar(barred)
        why = barred.get(settings.precision, "")
        self.impossible.setText(_("{why} Choose another precision.", why=why) if why else "")
        self.impossible.setVisible(bool(why))

    def _choice(self, name: str) -> ChoiceField:
        field = self.rows[name].field
        assert isinstance(field, ChoiceField)
        return field

    def _show(self) -> None:
        project = self._document.project
        settings = project.training
        target = SOURCES[project.data.source].target
        self._choice("loss").offer(FITTING[target])
        self.head.setText(str(LOSSES[settings.loss].expects))
        # The first epoch is always the best yet, and a stop after the last changes nothing.
        self.never_early.setVisible(settings.early_stopping >= settings.epochs)
        values, effective = asdict(settings), matters(settings)
        for group in self.groups:
            group.show_values(values, effective)
        self._bar_precisions()

    def _on_state_changed(self) -> None:
        idle = self._controller.state is TrainingState.IDLE
        self.running.setVisible(not idle)
        self.next_run.setVisible(not idle)
        self.range_test.setEnabled(idle)


class SettingsPanel(QTabWidget):
    """Two tabs: the form of the training settings, and that of the pictures."""

    def __init__(self, controller: TrainingController, processor: Processor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.training = SettingsForm(controller)
        self.pictures = PicturesForm(controller.document, processor)
        for widget, title, tip in (
            (self.training, _("Settings"), _("Loss, optimiser, learning rate and the rest of a run")),
            (self.pictures, _("Pictures"), _("How training pictures are preprocessed and augmented")),
        ):
            self.setTabToolTip(self.addTab(widget, title), tip)

    def end(self) -> None:
        """Wait for the threads of both forms and begin none any more."""
        self.training.end()
        self.pictures.end()
