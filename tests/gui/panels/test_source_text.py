"""Source code on the screen: equal to what was given, coloured, marked by line, and lines that can be chosen."""

from __future__ import annotations

import io
import keyword
import tokenize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QTextBlock
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.engine.codegen import export_code
from cnnlab.gui.panels.python_highlighter import spans
from cnnlab.gui.panels.source_text import SourceText
from cnnlab.gui.theme import theme

SOURCE = '''"""A network.

Shapes are (N, C, H, W).
"""
from torch import nn


class Net(nn.Module):
    def forward(self, x):  # one way
        return x * 2.5 if "x" else None
'''


@pytest.fixture
def text(qtbot: QtBot, qapp: QApplication) -> SourceText:
    theme.apply(qapp, dark=False)
    text = SourceText()
    qtbot.addWidget(text)
    text.resize(600, 200)
    text.show()
    return text


def long(lines: int) -> str:
    return "\n".join(f"x = {number}" for number in range(1, lines + 1))


def block(text: SourceText, line: int) -> QTextBlock:
    return text.document().findBlockByNumber(line - 1)


def place(text: SourceText, line: int, x: int = 20) -> QPoint:
    """The middle of a line that is in view."""
    area = next(area for block, area in text.blocks_in_view() if block.blockNumber() == line - 1)
    return QPoint(x, area.center().y())


def coloured(text: SourceText, line: int) -> dict[str, str]:
    """The coloured words of a line and the colours they have."""
    found = block(text, line)
    return {
        found.text()[span.start : span.start + span.length].strip(): span.format.foreground().color().name().upper()
        for span in found.layout().formats()
    }


line_lists = st.lists(st.sampled_from(["", "a", "b = 1", '"""', "    c"]), min_size=1, max_size=12)


@given(steps=st.lists(line_lists, min_size=1, max_size=6))
def test_what_is_shown_is_what_was_given_whatever_was_shown_before(qapp: QApplication, steps: list[list[str]]) -> None:
    text = SourceText()
    for lines in steps:
        text.show_source("\n".join(lines))
        assert text.toPlainText() == "\n".join(lines)
    text.deleteLater()


def test_another_source_does_not_move_what_is_read(text: SourceText) -> None:
    text.show_source(long(300))
    text.verticalScrollBar().setValue(100)
    text.show_source(long(300).replace("x = 250", "y = 250\nz = 0"))
    assert text.verticalScrollBar().value() == 100
    assert text.blockCount() == 301


def test_words_have_the_colours_of_the_theme_and_follow_it(text: SourceText, qapp: QApplication) -> None:
    text.show_source(SOURCE)
    for look in (theme.LIGHT, theme.DARK):
        theme.apply(qapp, look.dark)
        assert coloured(text, 3) == {"Shapes are (N, C, H, W).": look.code_string}
        assert coloured(text, 5) == {"from": look.code_keyword, "import": look.code_keyword}
        assert coloured(text, 8) == {"class": look.code_keyword, "Net": look.code_name}
        assert coloured(text, 9)["# one way"] == look.muted
        last = coloured(text, 10)
        assert (last["2.5"], last['"x"'], last["None"]) == (look.code_number, look.code_string, look.code_keyword)
    theme.apply(qapp, dark=False)


def test_a_string_that_is_closed_later_is_coloured_to_its_end_only(text: SourceText) -> None:
    text.show_source(SOURCE)
    text.show_source(SOURCE.replace('"""A network.', '"""A network."""'))
    assert coloured(text, 3) == {}
    assert coloured(text, 4) == {'"""': theme.LIGHT.code_string}


@pytest.mark.parametrize("key", ["mnist", "googlenet", "densenet121", "resnet152"])
def test_python_itself_finds_the_same_kinds_of_words(key: str) -> None:
    source = export_code(templates.BY_KEY[key].build()).text
    lines = source.split("\n")
    kinds = {tokenize.NUMBER: "number", tokenize.STRING: "string", tokenize.COMMENT: "comment"}
    expected: dict[tuple[int, int], str] = {}
    before = ""
    for each in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = kinds.get(each.type, "")
        if each.type == tokenize.NAME:
            kind = "keyword" if keyword.iskeyword(each.string) else "name" if before in ("class", "def") else ""
        (row, column), before = each.start, each.string
        for number, part in enumerate(each.string.split("\n")):
            for at in range(column if number == 0 else 0, len(part) + (column if number == 0 else 0)):
                expected[row - 1 + number, at] = kind
    found = {
        (row, at): kind
        for row, line in enumerate(spans(source))
        for start, length, kind in line
        for at in range(start, min(start + length, len(lines[row])))
    }
    assert found == {place: kind for place, kind in expected.items() if kind}


@given(before=line_lists, after=line_lists)
def test_code_that_was_changed_is_coloured_as_if_it_had_been_shown_at_once(
    qapp: QApplication, before: list[str], after: list[str]
) -> None:
    changed, fresh = SourceText(), SourceText()
    changed.show_source("\n".join(before))
    for each in (changed, fresh):
        each.show_source("\n".join(after))
    for line in range(1, len(after) + 1):
        assert coloured(changed, line) == coloured(fresh, line)
    changed.deleteLater()
    fresh.deleteLater()


def test_pale_code_has_one_colour(text: SourceText) -> None:
    text.show_source(SOURCE)
    text.set_pale(True)
    assert set().union(*(coloured(text, line).values() for line in range(1, 11))) == {theme.LIGHT.muted}
    text.set_pale(False)
    assert coloured(text, 8) == {"class": theme.LIGHT.code_keyword, "Net": theme.LIGHT.code_name}


def test_a_marked_line_is_tinted_and_brought_into_view(text: SourceText) -> None:
    text.show_source(long(300))
    text.mark([200, 250])
    assert text.is_in_view(200)
    picture = text.viewport().grab().toImage()
    right = text.viewport().width() - 5
    tint = QColor(theme.LIGHT.selected)
    assert picture.pixelColor(place(text, 200, right)) == tint
    assert picture.pixelColor(place(text, 201, right)) == QColor(theme.LIGHT.surface)


def test_marks_that_are_in_view_already_do_not_scroll(text: SourceText) -> None:
    text.show_source(long(300))
    text.mark([5, 250])
    assert text.verticalScrollBar().value() == 0


def test_a_click_on_a_line_or_its_number_chooses_it(qtbot: QtBot, text: SourceText) -> None:
    text.show_source(long(8))
    numbers = next(child for child in text.children() if type(child).__name__ == "_LineNumbers")
    for widget in (text.viewport(), numbers):
        with qtbot.waitSignal(text.line_chosen) as told:
            qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place(text, 3))
        assert told.args == [3]


def test_a_click_below_the_last_line_chooses_nothing(qtbot: QtBot, text: SourceText) -> None:
    text.show_source(long(2))
    with qtbot.assertNotEmitted(text.line_chosen):
        qtbot.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 150))


def test_text_that_is_dragged_over_is_selected_and_copied_and_chooses_nothing(qtbot: QtBot, text: SourceText) -> None:
    text.show_source(long(8))
    chosen: list[int] = []
    text.line_chosen.connect(chosen.append)
    start, end = place(text, 2, 0), place(text, 4, 0)
    QTest.mousePress(text.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(text.viewport(), end)
    QTest.mouseRelease(text.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert chosen == []
    qtbot.keyClick(text, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "x = 2\nx = 3\n"


def test_return_chooses_the_line_of_the_caret(qtbot: QtBot, text: SourceText) -> None:
    text.show_source(long(8))
    qtbot.keyClick(text, Qt.Key.Key_Down)
    with qtbot.waitSignal(text.line_chosen) as told:
        qtbot.keyClick(text, Qt.Key.Key_Return)
    assert told.args == [2]


@pytest.mark.parametrize(("key", "kept"), [(Qt.Key.Key_C, True), (Qt.Key.Key_A, True), (Qt.Key.Key_Z, False)])
def test_copying_is_its_own_and_undo_is_the_windows(text: SourceText, key: Qt.Key, kept: bool) -> None:
    event = QKeyEvent(QKeyEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.ControlModifier)
    event.ignore()
    QApplication.sendEvent(text, event)
    assert event.isAccepted() is kept


def test_nothing_can_be_typed(qtbot: QtBot, text: SourceText) -> None:
    text.show_source(long(8))
    qtbot.keyClicks(text, "abc")
    qtbot.keyClick(text, Qt.Key.Key_Delete)
    assert text.toPlainText() == long(8)


def test_all_letters_are_equally_wide(text: SourceText) -> None:
    metrics = text.fontMetrics()
    assert metrics.horizontalAdvance("iiii") == metrics.horizontalAdvance("MMMM")
    assert isinstance(text.font(), QFont)
