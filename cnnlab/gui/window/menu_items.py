"""Menus made of commands: each has a name, a text, a tooltip and perhaps a shortcut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from cnnlab.core.messages import text as _


@dataclass(frozen=True)
class Command:
    """One thing that a person can do from a menu. ``keys`` is a standard key or text such as ``Ctrl+D``."""

    name: str
    text: str
    tip: str
    run: Callable[[], object]
    keys: QKeySequence.StandardKey | str | None = None


def action(command: Command, parent: QWidget) -> QAction:
    """A command as an action of ``parent``; its tooltip names the key."""
    made = QAction(command.text, parent)
    made.setObjectName(command.name)
    if command.keys is not None:
        made.setShortcut(QKeySequence(command.keys))
    keys = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    made.setToolTip(f"{command.tip} ({keys})" if keys else command.tip)
    made.setStatusTip(command.tip)
    made.triggered.connect(partial(_run, command.run))
    return made


def _run(run: Callable[[], object], _checked: bool = False) -> None:
    run()


def fill(
    bar: QMenuBar, title: str, items: Sequence[Command | QAction | QMenu | None], parent: QWidget
) -> dict[str, QAction]:
    """Add a menu called ``title`` with commands, actions and submenus; None is a line. Returns the actions made, by name."""
    menu = bar.addMenu(title)
    menu.setToolTipsVisible(True)
    made: dict[str, QAction] = {}
    for item in items:
        if item is None:
            menu.addSeparator()
        elif isinstance(item, QMenu):
            menu.addMenu(item)
        elif isinstance(item, QAction):
            menu.addAction(item)
        else:
            made[item.name] = action(item, parent)
            menu.addAction(made[item.name])
    return made


def fill_recent(menu: QMenu, paths: Sequence[Path], open_: Callable[[Path], None]) -> None:
    """Fill ``menu`` with the recent files, numbered for the keyboard. The menu itself stays enabled, as it is filled when it
    opens."""
    menu.clear()
    if not paths:
        menu.addAction(_("No recent files")).setEnabled(False)
    for number, path in enumerate(paths, 1):
        name = path.name.replace("&", "&&")
        entry = menu.addAction(f"&{number}  {name}")
        entry.setToolTip(str(path))
        entry.triggered.connect(partial(_run, partial(open_, path)))
