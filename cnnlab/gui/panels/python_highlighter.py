"""Python source in the theme's colours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from cnnlab.gui.theme.theme import signals, theme

Spans = list[tuple[int, int, str]]
"""The coloured words of one line: where each begins, its length, and its kind. A string that goes on in the next line is one
longer than the line has letters."""

_AFTER_BREAK = re.compile(r"(?<=\n)")


def spans(source: str) -> list[Spans]:
    """The words to colour in every line of ``source``. Takes some 10 ms for a large network: it is for a worker."""
    from pygments.lexers.python import PythonLexer
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    kinds = {Keyword: "keyword", Operator.Word: "keyword", String: "string", Number: "number", Comment: "comment"}
    found: list[Spans] = [[]]
    column, is_defined = 0, False
    for _at, token, text in PythonLexer().get_tokens_unprocessed(source):
        kind = next((kinds[each] for each in kinds if token in each), "name" if is_defined and token in Name else "")
        if text.strip():
            is_defined = text in ("class", "def")
        for part in _AFTER_BREAK.split(text):
            if kind and part:
                found[-1].append((column, len(part), kind))
            column += len(part)
            if part.endswith("\n"):
                found.append([])
                column = 0
    return found


class PythonHighlighter(QSyntaxHighlighter):
    """Colours keywords, defined names, strings, numbers and comments; follows the theme."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._lines: Sequence[Spans] = ()
        self._pale = False
        self._formats: dict[str, QTextCharFormat] = {}
        self._mix()
        signals().changed.connect(self._on_theme_changed)

    @property
    def is_pale(self) -> bool:
        """Whether everything is in one muted colour."""
        return self._pale

    def set_pale(self, pale: bool) -> None:
        """Use one muted colour for everything, for outdated code; or all colours again."""
        if pale != self._pale:
            self._pale = pale
            self.rehighlight()

    def expect(self, lines: Sequence[Spans]) -> None:
        """Colour the document in this way from its next change on."""
        self._lines = lines

    def highlightBlock(self, text: str) -> None:
        line = self.currentBlock().blockNumber()
        found = self._lines[line] if line < len(self._lines) else []
        for start, length, kind in [(0, len(text), "comment")] if self._pale else found:
            self.setFormat(start, length, self._formats[kind])
        # Another state has Qt colour the next line anew, which may be in a string that begins or ends above it now.
        goes_on = bool(found) and found[-1][0] + found[-1][1] > len(text)
        self.setCurrentBlockState(int(goes_on))

    def _mix(self) -> None:
        colours = theme()
        by_group = {
            "string": colours.code_string,
            "comment": colours.muted,
            "name": colours.code_name,
            "number": colours.code_number,
            "keyword": colours.code_keyword,
        }
        for group, colour in by_group.items():
            made = QTextCharFormat()
            made.setForeground(QColor(colour))
            if group == "name":
                made.setFontWeight(QFont.Weight.Bold)
            self._formats[group] = made

    def _on_theme_changed(self) -> None:
        self._mix()
        self.rehighlight()
