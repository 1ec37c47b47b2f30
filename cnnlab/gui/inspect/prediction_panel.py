"""What the network says: one bar a class, and whose weights said it."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from cnnlab.core.messages import text as _
from cnnlab.core.project import SOURCES
from cnnlab.engine.looks import Picture, Seen
from cnnlab.gui import theme
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.bars import PredictionBars
from cnnlab.gui.inspect.controller import InspectController


class PredictionPanel(QWidget):
    """Follows the controller; says so when there is nothing to say."""

    def __init__(self, document: Document, controller: InspectController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._controller = controller
        self.bars = PredictionBars()
        self.caption = QLabel()
        self.caption.setFont(theme.font(theme.SMALL))
        self.caption.setWordWrap(True)
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
        controller.seen.connect(self._on_seen)

    def _on_seen(self, seen: Seen) -> None:
        source = SOURCES[self._document.project.data.source]
        classes = source.classes
        recording = seen.recording
        if recording is None:
            self.bars.set_probabilities(None, classes)
            self.caption.setText(str(seen.why))
        elif recording.probabilities is None:
            self.bars.set_probabilities(None, classes)
            self.caption.setText(_("No prediction: the network does not reach from input to output yet."))
        elif seen.steps is not None and seen.steps.empty:
            self.bars.set_probabilities(None, classes)
            self.caption.setText(_("Draw a digit to see what the network makes of it."))
        elif classes and len(recording.probabilities) != len(classes):
            names = source.names(len(recording.probabilities))
            self.bars.set_probabilities(recording.probabilities.tolist(), names)
            self.caption.setText(_("The network gives {count} values, not one for each class.", count=len(names)))
        else:
            self.bars.set_probabilities(recording.probabilities.tolist(), source.names(len(recording.probabilities)))
            self.caption.setText(self._whose(recording.step, recording.fresh))

    def _whose(self, step: int, fresh: tuple[str, ...]) -> str:
        source = self._controller.seen_source
        if not step:
            words = _("Softmax of the logits. Not trained yet: these are the answers of random weights.")
        elif fresh:
            layers = ", ".join(fresh)
            words = _(
                "Softmax of the logits, weights of step {step}, but still random in {layers}.",
                step=f"{step:,}",
                layers=layers,
            )
        elif self._controller.is_live:
            words = _("Softmax of the logits, weights of step {step}, while it trains.", step=f"{step:,}")
        else:
            words = _("Softmax of the logits, weights of step {step}.", step=f"{step:,}")
        if isinstance(source, Picture) and source.label is not None:
            words = _("True class: {label}. {words}", label=self._document.classes[source.label], words=words)
        return words
