"""The table of a network's layers: sizes, parameters, arithmetic, memory."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Node
from cnnlab.core.graph.shapes import Shape, show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.core.params import ParamError
from cnnlab.core.project.project import Project
from cnnlab.engine.network import shapes
from cnnlab.engine.system import text_table

_HEAD = (_("Name"), _("Layer"), _("Settings"), _("Output"), _("Parameters"), _("MACs"), _("Output bytes"))
_TEXTS = 4
"""How many columns come before the numbers."""
_SETTINGS = 2
"""The column that a narrow terminal breaks into lines."""
_MARK = " †"
"""Behind the name of a layer that the totals leave out."""
_FOOTNOTE = _("† does not lead to the Output, so the totals leave it out")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """One layer, with the numbers of ``core.graph.facts.NodeFacts``."""

    path: str
    layer: Message
    chosen: Message
    """The settings as on the card: ``32 · 3×3 · pad 0``."""
    outputs: tuple[Shape, ...]
    """The size of each output without the batch axis; empty for a layer that cannot run."""
    parameters: int
    macs: int
    """Multiply–accumulate operations for one picture."""
    output_bytes: int
    """For one picture, in float32."""
    counted: bool = True
    """Whether the totals include it, as those of ``core.graph.facts.Facts`` do."""


@dataclass(frozen=True)
class Summary:
    """The layers in execution order, those that cannot run last. ``str`` makes a table of it.

    A layer that does not lead to the Output is marked, and the totals leave it out."""

    title: str
    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """Parameters of the whole network."""
        return sum(row.parameters for row in self.rows if row.counted)

    @property
    def macs(self) -> int:
        """Multiply–accumulate operations of the whole network for one picture."""
        return sum(row.macs for row in self.rows if row.counted)

    @property
    def output_bytes(self) -> int:
        """Bytes of all outputs of the network for one picture, in float32."""
        return sum(row.output_bytes for row in self.rows if row.counted)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return str(self)  # a notebook or a prompt shows the table

    def text(self, width: int | None = None) -> str:
        """The table for a terminal of ``width`` columns, or for a file."""
        cells = [_head(), *map(_cells, self.rows), self._totals()]
        head, *lines, totals = text_table.lines(cells, texts=_TEXTS, broken=_SETTINGS, width=width)
        rule = "─" * max(map(text_table.breadth, (head, *lines, totals)))
        table = [head, rule, *lines, rule, totals, *self._footnotes()]
        return "\n".join([self.title, *table] if self.title else table)

    def markdown(self) -> str:
        """The table for a document; numbers are aligned to the right."""
        rule = ["---" if at < _TEXTS else "---:" for at in range(len(_HEAD))]
        totals = [f"**{cell}**" if cell else "" for cell in self._totals()]
        lines = [_head(), rule, *map(_cells, self.rows), totals]
        table = "".join(f"| {' | '.join(map(_escaped, line))} |\n" for line in lines)
        return table + "".join(f"\n{note}\n" for note in self._footnotes())

    def csv(self) -> str:
        """The table for a spreadsheet: plain numbers, no totals; the last column has 1 for a layer that they would count,
        and 0 for any other. A text that a spreadsheet would take for a formula starts with an apostrophe."""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow([*_head(), str(_("Counted"))])
        for row in self.rows:
            texts = (row.path, str(row.layer), str(row.chosen), _sizes(row.outputs))
            numbers = (row.parameters, row.macs, row.output_bytes, int(row.counted))
            writer.writerow([*map(_no_formula, texts), *numbers])
        return file.getvalue()

    def _totals(self) -> list[str]:
        numbers = (self.parameters, self.macs, self.output_bytes)
        return [str(_("Total")), "", "", "", *(whole(number) for number in numbers)]

    def _footnotes(self) -> list[str]:
        return [] if all(row.counted for row in self.rows) else [str(_FOOTNOTE)]


def summary(project: Project) -> Summary:
    """The table of ``project``'s layers. Layers that cannot run yet are in it, without a size."""
    graph, facts = project.graph, shapes.infer(project.graph)
    running, counted = set(facts.order), facts.counted
    rows = []
    for node in (
        *map(graph.by_uid.__getitem__, facts.order),
        *(node for node in graph.nodes if node.uid not in running),
    ):
        known = facts.of(node.uid)
        title, chosen = _text(node)
        numbers = (known.parameters, known.macs, known.output_bytes)
        rows.append(Row(node.path, title, chosen, known.outputs, *numbers, counted=node.uid in counted))
    return Summary(project.title, tuple(rows))


def _text(node: Node) -> tuple[Message, Message]:
    """The title of the layer's type, and the settings on its card."""
    spec = catalog.find(node)
    if spec is None:
        return Message(node.type), Message("")
    try:
        return spec.title, spec.summary(spec.normal(node.params)) or Message("")
    except ParamError:
        return spec.title, Message("")  # the network's problems say which setting


def _head() -> list[str]:
    return [str(title) for title in _HEAD]


def _cells(row: Row) -> list[str]:
    numbers = (row.parameters, row.macs, row.output_bytes)
    return [
        row.path if row.counted else row.path + _MARK,
        str(row.layer),
        str(row.chosen),
        _sizes(row.outputs),
        *(whole(number) if number else "" for number in numbers),
    ]


def _sizes(outputs: tuple[Shape, ...]) -> str:
    return ", ".join(map(show, outputs))


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|")


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
