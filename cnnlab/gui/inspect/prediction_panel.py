"""What the network says: one bar a class, and whose weights said it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import answer_figure, whole
from cnnlab.engine.inspection.looks import Seen
from cnnlab.gui.document import Document
from cnnlab.gui.inspect.bars import PredictionBars
from cnnlab.gui.inspect.controller import InspectController
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme import theme

_ALL, _FEW = 40, 10
"""Up to ``_ALL`` classes each has a bar; of more, the ``_FEW`` most likely."""

_NAMED = 4
"""Layers that a sentence names before it counts."""


NOTHING = "–"


class PredictionPanel(QWidget):
    """Follows the controller; says so when there is nothing to say."""

    def __init__(self, document: Document, controller: InspectController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._controller = controller
        self.bars = PredictionBars()
        self._data = ""
        """The data set whose classes the bars name."""
        self.caption = TextLabel(size=theme.SMALL)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        column.setSpacing(theme.GRID // 2)
        self.number = TextLabel(size=theme.LARGE, bold=True, tabular=True, wrap=False)
        self.number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.number.setAccessibleName(_("Prediction"))
        self._answer = QStackedWidget()
        self._answer.addWidget(self.bars)
        self._answer.addWidget(self.number)
        column.addWidget(self._answer, 1)
        column.addWidget(self.caption)
        controller.seen.connect(self.show_seen)
        controller.behind_changed.connect(self._on_behind_changed)

    def show_seen(self, seen: Seen) -> None:
        """Show what the network said to the latest input."""
        if self._controller.is_behind:
            return
        source = SOURCES[self._document.project.data.source]
        self._answer.setCurrentIndex(1 if source.target is Target.NUMBER else 0)
        self.caption.setToolTip(_explained(source.target))
        if seen.why is not None:
            self._show_nothing(str(seen.why))
        elif seen.logits is None or seen.probabilities is None:
            self._show_nothing(_("No prediction: input and output are not connected yet."))
        elif seen.steps is not None and seen.steps.empty:
            self._show_nothing(
                _("Draw something, or choose a photo, to see the network’s prediction.")
                if source.in_colour
                else _("Draw a digit to see the network’s prediction.")
            )
        elif source.target is Target.NUMBER:
            self._show_number(seen, seen.logits, source.unit)
        else:
            count = len(seen.probabilities)
            self._show(seen.probabilities, self._document.project.names(count))
            if self._document.classes and count != len(self._document.classes):
                text = _("The network gives {count} values, not one for each class.", count=whole(len(seen.logits)))
            else:
                text = self._whose(seen.step, seen.fresh)
            if count > _ALL:
                text = _("The {few} most likely of {count} classes. {text}", few=_FEW, count=whole(count), text=text)
            self.caption.setText(text)

    def _on_behind_changed(self) -> None:
        """An answer of the network as it was before does not stay. Rows and caption keep their places until the next one."""
        if self._controller.is_behind:
            self.caption.setMinimumHeight(self.caption.height())
            self.number.setText(NOTHING)
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
        """The names of the rows that stand there without a prediction."""
        classes = self._document.classes
        return classes if len(classes) <= _ALL else ()

    def _show_nothing(self, text: str) -> None:
        self.number.setText(NOTHING)
        self.bars.set_probabilities(None, self._rows)
        self._data = self._document.project.data.source
        self.caption.setText(text)

    def _show_number(self, seen: Seen, values: np.ndarray, unit: str) -> None:
        self.bars.set_probabilities(None, ())
        if len(values) == 1:
            self.number.setText(answer_figure(values[0], unit))
            self.caption.setText(self._whose(seen.step, seen.fresh))
        else:
            self.number.setText(NOTHING)
            text = _("The network gives {count} values, but the task asks for one number.", count=len(values))
            self.caption.setText(text)

    def _show(self, probabilities: np.ndarray, names: Sequence[str]) -> None:
        """All classes in their order; of very many only the most likely, those first."""
        shown = range(len(names)) if len(names) <= _ALL else np.argsort(-probabilities, kind="stable")[:_FEW]
        self._data = self._document.project.data.source
        self.bars.set_probabilities([float(probabilities[i]) for i in shown], [names[i] for i in shown])

    def _whose(self, step: int, fresh: tuple[str, ...]) -> str:
        given, target = self._controller.seen_input, SOURCES[self._document.project.data.source].target
        what = _what(target)
        if not step and fresh and not self._document.project.weights.nodes:
            text = _("{what}. Not trained yet: these are predictions of random weights.", what=what)
        elif fresh:
            layers = ", ".join(fresh[:_NAMED])
            if len(fresh) > _NAMED:
                layers = _("{layers} and {count} more", layers=layers, count=len(fresh) - _NAMED)
            if step:
                text = _(
                    "{what}, weights of step {step}, but still random in {layers}.",
                    what=what,
                    step=whole(step),
                    layers=layers,
                )
            else:
                text = _("{what}, with imported weights, but random ones in {layers}.", what=what, layers=layers)
        elif not step:
            text = _("{what}, with imported weights: not trained here.", what=what)
        elif self._controller.is_live:
            text = _("{what}, weights of step {step}, during training.", what=what, step=whole(step))
        else:
            text = _("{what}, weights of step {step}.", what=what, step=whole(step))
        if given.label:
            is_number = target is Target.NUMBER
            truth = (
                _("True: {label}.", label=given.label) if is_number else _("True class: {label}.", label=given.label)
            )
            text = f"{truth} {text}"
        return text


def _what(target: Target) -> str:
    """What the bars show: probabilities, or the output of the network."""
    return {
        Target.CLASSES: _("Softmax of the logits"),
        Target.BINARY: _("Sigmoid of the logit"),
        Target.NUMBER: _("Output of the network"),
    }[target]


def _explained(target: Target) -> str:
    return {
        Target.CLASSES: _(
            "The last layer gives logits. Softmax, e^logit divided by the sum over all classes, turns them into percentages."
        ),
        Target.BINARY: _(
            "The last layer gives one logit. Sigmoid, 1 / (1 + e^−logit), turns it into the probability of the second class."
        ),
        Target.NUMBER: _("The last layer gives the number itself."),
    }[target]
