from __future__ import annotations

from pytestqt.qtbot import QtBot

from cnnlab.gui.selection import Selection


def test_it_tells_changes_only(qtbot: QtBot) -> None:
    selection = Selection()
    heard: list[tuple[str, ...]] = []
    selection.changed.connect(lambda: heard.append(selection.uids))
    selection.set(["a", "b", "a"])
    selection.set(("a", "b"))
    selection.set([])
    selection.set([])
    assert heard == [("a", "b"), ()]


def test_panels_show_a_layer_only_if_it_is_the_only_one(qtbot: QtBot) -> None:
    selection = Selection()
    assert selection.current is None
    selection.set(["a"])
    assert selection.current == "a"
    selection.set(["a", "b"])
    assert selection.current is None
