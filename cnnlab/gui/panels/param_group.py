"""Settings under a heading, of which only those that have an effect are shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from cnnlab.core.messages import Message
from cnnlab.core.messages import text as _
from cnnlab.core.params import Param
from cnnlab.gui.icons import icon
from cnnlab.gui.panels.fields import Field
from cnnlab.gui.panels.labels import Heading
from cnnlab.gui.panels.param_form import ParamRow, field_for
from cnnlab.gui.theme import GRID, SMALL, font, signals


def no_conflict(name: str, value: Any) -> Message | None:
    """Any value goes with any other."""
    return None


class ParamGroup(QWidget):
    """One row for each setting. Advanced ones show when "More" beside the heading is pressed; the button counts those that
    are folded away and not as usual."""

    changed = Signal(str, object)
    """Name and value, in normal form, as a person gave it."""
    refused = Signal(object)
    """The ``ParamRow`` that now says why its value cannot be."""
    finished = Signal()
    """What follows is another gesture."""

    def __init__(
        self,
        title: str,
        params: Sequence[Param],
        *,
        field_of: Callable[[Param], Field] = field_for,
        refusal: Callable[[str, Any], Message | None] = no_conflict,
    ) -> None:
        super().__init__()
        self.title = title
        self.rows = {param.name: ParamRow(field_of(param), refusal) for param in params}
        self._params = {param.name: param for param in params}
        self._values: Mapping[str, Any] = {}
        self._effective: Collection[str] = frozenset(self.rows)
        self._is_open = False
        self.more = QToolButton()
        self.more.setFont(font(SMALL))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow behind the word
        self.more.clicked.connect(self._on_more_clicked)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(Heading(title))
        head.addStretch()
        head.addWidget(self.more)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID // 2)
        self._column.addLayout(head)
        for row in self.rows.values():
            row.changed.connect(self.changed)
            row.refused.connect(partial(self.refused.emit, row))
            row.field.finished.connect(self.finished)
            self._column.addWidget(row)
        self._draw()
        signals().changed.connect(self._draw)

    def show_values(self, values: Mapping[str, Any], effective: Collection[str]) -> None:
        """Show the values in force, of the settings named in ``effective`` only."""
        self._values, self._effective = values, effective
        for name, row in self.rows.items():
            row.show_value(values[name])
        self._draw()

    def put_below(self, name: str, widget: QWidget) -> None:
        """Put a remark or a button below the row of one setting."""
        self._column.insertWidget(self._column.indexOf(self.rows[name]) + 1, widget)

    def put_first(self, widget: QWidget) -> None:
        """Put a widget between the heading and the settings, below what was put there before."""
        self._column.insertWidget(self._column.indexOf(next(iter(self.rows.values()))), widget)

    @property
    def is_open(self) -> bool:
        """Whether advanced settings show."""
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        """Show or hide advanced settings."""
        self._is_open = is_open
        self._draw()

    def _on_more_clicked(self) -> None:
        self.set_open(not self._is_open)

    def _draw(self) -> None:
        advanced = [name for name, param in self._params.items() if param.advanced and name in self._effective]
        for name, row in self.rows.items():
            row.setVisible(name in self._effective and (self._is_open or name not in advanced))
        self.more.setVisible(bool(advanced))
        self.more.setIcon(icon("mdi6.chevron-up" if self._is_open else "mdi6.chevron-down"))
        unusual = 0 if self._is_open else sum(self._is_unusual(name) for name in advanced)
        words = _("Less") if self._is_open else _("More ({count} set)", count=unusual) if unusual else _("More")
        self.more.setText(words)
        self.more.setToolTip(_("Show or hide settings that are seldom changed"))
        self.more.setAccessibleName(_("{group}: {words}", group=self.title, words=words))

    def _is_unusual(self, name: str) -> bool:
        param = self._params[name]
        return bool(self._values) and self._values[name] != param.normal(param.default)
