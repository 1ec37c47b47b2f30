"""The dialogs of the Help menu."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core.glossary import TERMS
from cnnlab.gui.window.help import gestures, glossary_dialog, keys_dialog


def test_the_glossary_has_every_term_in_both_languages_with_its_meaning(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    label = glossary_dialog(parent).findChild(QLabel)
    for term in TERMS.values():
        for part in str(term.title), term.chinese, str(term.meaning):
            assert part in label.text()


def test_the_keys_have_every_gesture(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    label = keys_dialog(parent, []).findChild(QLabel)
    for gesture, what in gestures():
        assert gesture in label.text()
        assert what in label.text()
