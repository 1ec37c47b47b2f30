"""Python source in the theme's colours."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from cnnlab.gui.theme import signals, theme

_TOKEN = re.compile(
    rf"""
    (?P<block>\"{{3}}|'{{3}})                                # opens a string that may go on over lines
    |(?P<string>[rbfRBF]{{0,2}}(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?))
    |(?P<comment>\#.*)
    |(?:\b(?:class|def)\s+(?P<name>\w+))
    |(?P<number>\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)
    |(?P<keyword>\b(?:{"|".join(keyword.kwlist)})\b)
    """,
    re.VERBOSE,
)
_PLAIN, _IN_DOUBLE, _IN_SINGLE = -1, 1, 2
_QUOTES = {_IN_DOUBLE: '"""', _IN_SINGLE: "'''"}


class PythonHighlighter(QSyntaxHighlighter):
    """Colours keywords, defined names, strings, numbers and comments; follows the theme."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._pale = False
        self._formats: dict[str, QTextCharFormat] = {}
        self._mix()
        signals().changed.connect(self._on_theme_changed)

    @property
    def is_pale(self) -> bool:
        """Whether everything is in one muted colour."""
        return self._pale

    def set_pale(self, pale: bool) -> None:
        """One muted colour for everything, for code that does not hold any more; or all colours again."""
        if pale != self._pale:
            self._pale = pale
            self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if self._pale:
            self.setFormat(0, len(text), self._formats["comment"])
            return
        self.setCurrentBlockState(_PLAIN)
        at = 0
        if self.previousBlockState() in _QUOTES:
            at = self._string_over_lines(text, 0, 0, self.previousBlockState())
        while (match := _TOKEN.search(text, at)) is not None:
            kind = match.lastgroup or ""
            at = match.end()
            if kind == "block":
                state = _IN_DOUBLE if match.group() == _QUOTES[_IN_DOUBLE] else _IN_SINGLE
                at = self._string_over_lines(text, match.start(), at, state)
            elif kind == "name":
                self.setFormat(match.start(), match.start("name") - match.start(), self._formats["keyword"])
                self._colour(match, "name")
            else:
                self._colour(match, kind)

    def _string_over_lines(self, text: str, start: int, inside: int, state: int) -> int:
        """Colour a triple-quoted string from ``start``, of which the text from ``inside`` on may end it; returns where it
        ends."""
        closing = text.find(_QUOTES[state], inside)
        end = len(text) if closing < 0 else closing + 3
        if closing < 0:
            self.setCurrentBlockState(state)
        self.setFormat(start, end - start, self._formats["string"])
        return end

    def _colour(self, match: re.Match[str], group: str) -> None:
        self.setFormat(match.start(group), match.end(group) - match.start(group), self._formats[group])

    def _mix(self) -> None:
        look = theme()
        colours = {
            "string": look.code_string,
            "comment": look.muted,
            "name": look.code_name,
            "number": look.code_number,
            "keyword": look.code_keyword,
        }
        for group, colour in colours.items():
            made = QTextCharFormat()
            made.setForeground(QColor(colour))
            if group == "name":
                made.setFontWeight(QFont.Weight.Bold)
            self._formats[group] = made

    def _on_theme_changed(self) -> None:
        self._mix()
        self.rehighlight()
