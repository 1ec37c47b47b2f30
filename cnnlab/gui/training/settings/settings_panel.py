"""All that a run is told before it starts, in tabs: how to train, and what is done to the pictures."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QWidget

from cnnlab.core.messages import text as _
from cnnlab.gui.training.run.controller import TrainingController
from cnnlab.gui.training.settings.pictures_form import PicturesForm
from cnnlab.gui.training.settings.settings_form import SettingsForm
from cnnlab.gui.workers.workers import Processor


class SettingsPanel(QTabWidget):
    """The form of the training settings, and that of the pictures."""

    def __init__(self, controller: TrainingController, processor: Processor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDocumentMode(True)
        self.training = SettingsForm(controller)
        self.pictures = PicturesForm(controller.document, processor)
        for widget, title, tip in (
            (self.training, _("Settings"), _("Loss, optimiser, learning rate and the rest of a run")),
            (self.pictures, _("Pictures"), _("How training pictures are prepared and varied")),
        ):
            self.setTabToolTip(self.addTab(widget, title), tip)

    def end(self) -> None:
        """End the threads."""
        self.training.end()
        self.pictures.end()
