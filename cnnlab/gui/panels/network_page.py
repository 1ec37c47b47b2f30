"""What the panel shows where no single layer is selected: the network as a whole, an unknown layer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Node
from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import NOTHING, byte_count, counted, whole
from cnnlab.core.project.project import Project
from cnnlab.engine.data import set_folders
from cnnlab.gui.document import Document
from cnnlab.gui.panels.labels import Heading, TextLabel
from cnnlab.gui.theme.icons import Glyph
from cnnlab.gui.theme.theme import GRID, LARGE


class Page(QWidget):
    """Texts and pairs of words and values, one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self.column.setSpacing(GRID)
        self.texts: list[str] = []
        """All that it says, in order."""

    def add_title(self, text: str) -> None:
        """Add the title, the first line."""
        self._add(TextLabel(text, size=LARGE, bold=True))

    def add_heading(self, text: str) -> None:
        """Add the heading of a group."""
        self.column.addSpacing(GRID)
        self._add(Heading(text))

    def add_text(self, text: str, colour: str = "text") -> None:
        """Add a paragraph."""
        self._add(TextLabel(text, colour=colour))

    def add_step(self, icon: str, text: str) -> None:
        """Add something to do next, behind an icon."""
        row = QWidget()
        grid = QGridLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GRID)
        grid.setColumnStretch(1, 1)
        grid.addWidget(Glyph(icon, "accent"), 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(TextLabel(text), 0, 1)
        self.texts.append(text)
        self.column.addWidget(row)

    def add_values(self, values: dict[str, str]) -> None:
        """Add a table of two columns: names and values."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnMinimumWidth(0, 12 * GRID)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(values.items()):
            shown = TextLabel(value, tabular=True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(TextLabel(name, colour="muted", wrap=False), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(shown, row, 1)
            self.texts += [name, value]
        self.column.addLayout(grid)

    def _add(self, text: TextLabel) -> None:
        self.texts.append(text.text())
        self.column.addWidget(text)


def network_page(document: Document) -> Page:
    """The page about the network as a whole, and what to do next."""
    project, facts = document.project, document.facts
    page = Page()
    page.add_title(project.title or _("Untitled network"))
    if project.note:
        page.add_text(project.note, "muted")
    page.add_heading(_("This network"))
    known = facts.digest == project.graph.digest
    page.add_values(
        {
            _("Layers"): whole(len(project.graph.nodes)),
            _("Parameters"): counted(facts.parameters) if known else NOTHING,
            _("MACs"): counted(facts.macs) if known else NOTHING,
            _("Memory"): _memory(facts) if known else NOTHING,
            _("Trained"): _("{steps} steps", steps=whole(project.weights.step))
            if project.weights.step
            else _("not yet"),
        }
    )
    page.add_heading(_("Its data"))
    page.add_values(_data(project))
    page.add_heading(_("What next"))
    for icon, text in _next_steps(document):
        page.add_step(icon, text)
    page.column.addStretch()
    return page


def _data(project: Project) -> dict[str, str]:
    data = project.data
    source = SOURCES[data.source]
    values = {_("Pictures"): str(source.title)}
    if source.has_pictures or source.classes:
        values[_("Size")] = _size(project)
    if source.target is Target.NUMBER:
        values[_("Target")] = _("a number, in {unit}", unit=source.unit)
    elif project.classes:
        values[_("Classes")] = whole(len(project.classes))
    if source.bundled or data.folder or set_folders.is_here(data.source):
        values[_("Validation")] = _("{count} pictures held out", count=whole(data.validation))
    if data.folder:
        values[_("Folder")] = data.folder
    return values


def _size(project: Project) -> str:
    """The size of the data set's pictures, and what they are brought to where the Input asks for another one."""
    stored = SOURCES[project.data.source].shape
    if SOURCES[project.data.source].any_size:
        return _("any, scaled and cropped to {asked}", asked=show(project.picture_shape))
    asked = next(((node.params["height"], node.params["width"]) for node in project.graph.of_type("input")), stored[1:])
    if not SOURCES[project.data.source].has_pictures or asked == stored[1:]:
        return show(stored)
    text = {"stored": show(stored), "asked": show(asked)}
    if project.preprocessing.fit == "resize":
        return _("{stored}, scaled to {asked}", **text)
    if asked[0] >= stored[1] and asked[1] >= stored[2]:
        return _("{stored}, padded to {asked}", **text)
    return _("{stored}, cropped to {asked}", **text)


def _memory(facts: Facts) -> str:
    outputs = sum(node.output_bytes for node in facts.nodes.values())
    weights = sum(node.bytes for node in facts.nodes.values()) - outputs
    return _(
        "{weights} weights, {outputs} outputs for one picture",
        weights=byte_count(weights),
        outputs=byte_count(outputs),
    )


def _next_steps(document: Document) -> list[tuple[str, str]]:
    steps = []
    source = SOURCES[document.project.data.source]
    if document.facts.trainable and not source.has_pictures:
        steps.append(("mdi6.image-outline", _("Open a picture, and see the network’s prediction.")))
        if not document.project.weights.nodes:
            steps.append(
                ("mdi6.import", _("Import weights from the File menu: until then its predictions are random."))
            )
    elif document.facts.trainable:
        if document.project.weights.step:
            steps.append(("mdi6.draw", _("Draw a digit and see the network’s prediction.")))
        else:
            steps.append(("mdi6.play", _("Press Train in the bar below, and watch loss and accuracy move.")))
    elif document.facts.problems:
        steps.append(
            ("mdi6.alert-circle-outline", _("Fix what the list of problems shows; then the network can be trained."))
        )
    steps.append(("mdi6.cursor-default-click-outline", _("Click a layer to change it and to look inside.")))
    steps.append(("mdi6.plus-box-outline", _("Drag a layer from the palette onto the canvas, or onto a wire.")))
    return steps


def unknown_page(node: Node) -> Page:
    """A layer of a type that this version does not know: its settings as they were read."""
    page = Page()
    page.add_title(node.path)
    page.add_text(
        _(
            "This version of cnnlab does not know the layer type “{type}”. The layer is kept and saved unchanged,"
            " but the network cannot be trained until it is replaced.",
            type=node.type,
        ),
        "muted",
    )
    page.add_heading(_("Its settings"))
    page.add_values({name: str(value) for name, value in sorted(node.params.items())})
    page.column.addStretch()
    return page
