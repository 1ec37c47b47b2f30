"""What the network says: one bar a class, and whose weights said it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.sources import SOURCES
from cnnlab.engine.looks import Picture, Seen
from cnnlab.gui import theme
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.bars import PredictionBars
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.panels.labels import Words

_ALL, _FEW = 40, 10
"""Up to ``_ALL`` classes each has a bar; of more, the ``_FEW`` most likely."""

_NAMED = 4
"""Layers that a sentence names before it counts."""


class PredictionPanel(QWidget):
    """Follows the controller; says so when there is nothing to say."""

    def __init__(self, document: Document, controller: InspectController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._controller = controller
        self.bars = PredictionBars()
        self._data = ""
        """The data set whose classes the bars name."""
        self.caption = Words(size=theme.SMALL)
        self.caption.setToolTip(
            _(
                "The last layer gives logits. Softmax, e^logit divided by the sum over all classes, turns them into percentages."
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID // 2)
        column.addWidget(self.bars, 1)
        column.addWidget(self.caption)
        controller.seen.connect(self.show_seen)
        controller.behind_changed.connect(self._on_behind_changed)

    def show_seen(self, seen: Seen) -> None:
        """Show what the network said to the latest input."""
        if self._controller.is_behind:
            return
        source = SOURCES[self._document.project.data.source]
        recording = seen.recording
        if recording is None:
            self._show_nothing(str(seen.why))
        elif recording.probabilities is None:
            self._show_nothing(_("No prediction: the network does not reach from input to output yet."))
        elif seen.steps is not None and seen.steps.empty:
            self._show_nothing(
                _("Draw something, or choose a photo, to see what the network makes of it.")
                if source.in_colour
                else _("Draw a digit to see what the network makes of it.")
            )
        else:
            count = len(recording.probabilities)
            self._show(recording.probabilities, source.names(count))
            if source.classes and count != len(source.classes):
                words = _("The network gives {count} values, not one for each class.", count=f"{count:,}")
            else:
                words = self._whose(recording.step, recording.fresh)
            if count > _ALL:
                words = _(
                    "The {few} most likely of {count} classes. {words}", few=_FEW, count=f"{count:,}", words=words
                )
            self.caption.setText(words)

    def _on_behind_changed(self) -> None:
        """An answer of the network as it was before does not stay. Rows and caption keep their places until the next one."""
        if self._controller.is_behind:
            self.caption.setMinimumHeight(self.caption.height())
            self.bars.set_probabilities(
                None, self._rows if self._data != self._document.project.data.source else self.bars.classes
            )
            self.caption.setText(_("Computing…"))
            self.caption.set_colour("muted")
        else:
            self.caption.setMinimumHeight(0)
            self.caption.setText(_("No prediction."))
            self.caption.set_colour("text")

    @property
    def _rows(self) -> tuple[str, ...]:
        """What stands there without a prediction."""
        classes = self._document.classes
        return classes if len(classes) <= _ALL else ()

    def _show_nothing(self, words: str) -> None:
        self.bars.set_probabilities(None, self._rows)
        self._data = self._document.project.data.source
        self.caption.setText(words)

    def _show(self, probabilities: np.ndarray, names: Sequence[str]) -> None:
        """All classes in their order; of very many only the most likely, those first."""
        shown = range(len(names)) if len(names) <= _ALL else np.argsort(-probabilities, kind="stable")[:_FEW]
        self._data = self._document.project.data.source
        self.bars.set_probabilities([float(probabilities[i]) for i in shown], [names[i] for i in shown])

    def _whose(self, step: int, fresh: tuple[str, ...]) -> str:
        source = self._controller.seen_source
        if not step and fresh and not self._document.project.weights.nodes:
            words = _("Softmax of the logits. Not trained yet: these are the answers of random weights.")
        elif fresh:
            layers = ", ".join(fresh[:_NAMED])
            if len(fresh) > _NAMED:
                layers = _("{layers} and {count} more", layers=layers, count=len(fresh) - _NAMED)
            if step:
                words = _(
                    "Softmax of the logits, weights of step {step}, but still random in {layers}.",
                    step=f"{step:,}",
                    layers=layers,
                )
            else:
                words = _(
                    "Softmax of the logits, with weights from elsewhere, but random ones in {layers}.", layers=layers
                )
        elif not step:
            words = _("Softmax of the logits, with weights from elsewhere: not trained here.")
        elif self._controller.is_live:
            words = _("Softmax of the logits, weights of step {step}, while it trains.", step=f"{step:,}")
        else:
            words = _("Softmax of the logits, weights of step {step}.", step=f"{step:,}")
        if isinstance(source, Picture) and source.label:
            words = _("True class: {label}. {words}", label=source.label, words=words)
        return words
