"""What follows from a layer's settings and its place: sizes, parameters, cost, and the arithmetic behind them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from cnnlab.core.catalog.spec import LayerSpec, Params
from cnnlab.core.graph.facts import NodeFacts
from cnnlab.core.graph.shapes import Shape, show
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import NOTHING, byte_count, counted
from cnnlab.gui.panels.labels import TextLabel
from cnnlab.gui.theme.theme import GRID, SMALL


class LayerFacts(QWidget):
    """Input and output size, parameters, multiplications, memory, formula lines; and what the formula does not tell."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnMinimumWidth(0, 12 * GRID)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, TextLabel] = {}
        for row, (key, title, tip) in enumerate(
            (
                ("input", _("Input"), ""),
                ("output", _("Output"), ""),
                ("parameters", _("Parameters"), _("How many numbers it can learn")),
                (
                    "macs",
                    _("MACs"),
                    _("Multiply–accumulate operations for one picture: a multiplication with its addition"),
                ),
                ("memory", _("Memory"), _("Memory of its output for one picture, at 4 bytes per number")),
            )
        ):
            self._values[key] = TextLabel(tabular=True)
            self._values[key].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._values[key].setToolTip(tip)
            name = TextLabel(title, colour="muted", wrap=False)
            name.setToolTip(tip)
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(self._values[key], row, 1)
        self._formula = TextLabel(size=SMALL, colour="muted", tabular=True)
        self._formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._formula.setToolTip(_("How the output size is computed"))
        self._remark = TextLabel(size=SMALL, colour="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(self._grid)
        column.addWidget(self._formula)
        column.addWidget(self._remark)

    @property
    def texts(self) -> dict[str, str]:
        """All texts that are shown, by what they are about."""
        shown = {key: label.text() for key, label in self._values.items()}
        return shown | {"formula": self._formula.text(), "remark": self._remark.text()}

    def show_facts(self, spec: LayerSpec, params: Params, facts: NodeFacts) -> None:
        """Show what is known of a layer."""
        inputs = tuple(shape for shape in facts.inputs if shape is not None)
        complete = len(inputs) == len(facts.inputs) and inputs != ()
        self._values["input"].setText(_sizes(facts.inputs) if facts.inputs else _none_or_unconnected(spec))
        self._values["output"].setText(_outputs(facts.outputs) or _unknown_output(spec))
        self._values["parameters"].setText(counted(facts.parameters) if facts.output else NOTHING)
        self._values["macs"].setText(counted(facts.macs) if facts.output else NOTHING)
        self._values["memory"].setText(byte_count(facts.output_bytes) if facts.output else NOTHING)
        lines = spec.formula(params, inputs) if complete and facts.output else ()
        self._set(self._formula, "\n".join(str(line) for line in lines))
        remark = spec.remark(params, inputs) if lines else None
        self._set(self._remark, str(remark or ""))

    def _set(self, label: TextLabel, text: str) -> None:
        label.setText(text)
        label.setVisible(bool(text))


def _sizes(inputs: tuple[Shape | None, ...]) -> str:
    return "\n".join(show(shape) if shape else _("not known yet") for shape in inputs)


def _outputs(outputs: tuple[Shape, ...]) -> str:
    if len(outputs) > 1 and len(set(outputs)) == 1:
        return _("{count} outputs of {size}", count=len(outputs), size=show(outputs[0]))
    return "\n".join(map(show, outputs))


def _none_or_unconnected(spec: LayerSpec) -> str:
    return _("not connected") if spec.inputs[1] else _("pictures")


def _unknown_output(spec: LayerSpec) -> str:
    return _("not known yet") if spec.outputs else _("the answer")
