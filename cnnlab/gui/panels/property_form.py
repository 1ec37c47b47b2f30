"""The panel of the selected layer: its settings as a form, or the network as a whole where none is selected."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.messages import text as _
from cnnlab.core.project.project import Project
from cnnlab.gui.document import Document
from cnnlab.gui.panels.form_area import FormArea
from cnnlab.gui.panels.layer_page import LayerPage
from cnnlab.gui.panels.network_page import network_page, unknown_page
from cnnlab.gui.panels.several_page import SeveralPage
from cnnlab.gui.selection import Selection


class PropertyForm(FormArea):
    """Follows document and selection; every change goes through ``document.edit``."""

    def __init__(self, document: Document, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self._selection = selection
        self._more_open = False
        self._run: Project | None = None
        self.setAccessibleName(_("Settings of the selected layer"))
        selection.changed.connect(self._on_selection_changed)
        document.edited.connect(self._show)
        document.facts_changed.connect(self._on_facts_changed)
        document.weights_changed.connect(self._on_facts_changed)
        self._show()

    @property
    def page(self) -> LayerPage | None:
        """The page of the selected layer; None while it shows something else."""
        page = self.widget()
        return page if isinstance(page, LayerPage) else None

    def show_run(self, project: Project | None) -> None:
        """Compare with the project as the run in hand trains it; None: nothing runs."""
        if project is not self._run:
            self._run = project
            if self.page is not None:
                self.page.learning.show_run(project)

    def _on_selection_changed(self) -> None:
        self._document.end_gesture()
        self._show()

    def _on_facts_changed(self) -> None:
        if self.page is not None:
            self.page.show_facts()
        else:
            self._show()

    def _show(self) -> None:
        graph = self._document.project.graph
        uids = [uid for uid in self._selection.uids if uid in graph.by_uid]
        node = graph.by_uid[uids[0]] if len(uids) == 1 else None
        spec = catalog.find(node) if node else None
        if node and spec:
            self._show_layer(node.uid, spec)
        elif node:
            self._replace(unknown_page(node))
        elif uids:
            self._show_several(uids)
        else:
            self._replace(network_page(self._document))

    def _show_layer(self, uid: str, spec: LayerSpec) -> None:
        page = self.page
        if page is None or page.uid != uid or page.spec is not spec:
            page = LayerPage(self._document, spec)
            page.form.set_open(self._more_open)
            page.form.unfolded.connect(self._on_unfolded)
            page.learning.show_run(self._run)
            page.show_layer(uid)
            self._replace(page)
        else:
            page.show_layer(uid)

    def _show_several(self, uids: list[str]) -> None:
        page = self.widget()
        if isinstance(page, SeveralPage) and page.uids == tuple(uids):
            page.show_facts()  # where it stands: a person may be typing in it
        else:
            self._replace(SeveralPage(self._document, uids))

    def _on_unfolded(self, is_open: bool) -> None:
        self._more_open = is_open

    def _replace(self, page: QWidget) -> None:
        place = self.verticalScrollBar().value() if type(page) is type(self.widget()) else 0
        old = self.takeWidget()
        if old is not None:
            old.deleteLater()
        self.setWidget(page)
        self.verticalScrollBar().setValue(place)
