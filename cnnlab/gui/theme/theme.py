"""The look of the app: the one table of colours, the type sizes and the grid. Nothing else names a colour.

Widgets that paint themselves read ``theme()`` inside ``paintEvent`` and connect ``signals().changed`` to ``update``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from cnnlab.gui.theme import colour_map
from cnnlab.gui.theme.stylesheet import stylesheet

GRID = 8
"""Everything is placed on multiples of this many logical pixels (halves inside small controls)."""

SMALL, NORMAL, LARGE = 11, 13, 16
"""The three type sizes, in logical pixels."""

_FAMILIES = MappingProxyType(
    {
        "features": "#3B7DD8",
        "pooling": "#2A9D6F",
        "activation": "#D98318",
        "normalisation": "#8B5FD1",
        "regularisation": "#C9527B",
        "shape": "#7A8696",
        "join": "#1F9EA8",
        "terminal": "#A6563F",
    }
)


_FRAMED = ("QLineEdit", "QAbstractSpinBox", "QComboBox", "QCheckBox", "QRadioButton", "QAbstractItemView", "QMenu")
"""Kinds of widgets that Fusion draws frames or tick boxes in."""


@dataclass(frozen=True)
class Theme:
    """Colours as ``#RRGGBB``, ready for ``QColor``, style sheets and pyqtgraph."""

    dark: bool
    window: str
    """Behind everything: docks, bars, the canvas."""
    surface: str
    """Cards, fields, lists, pictures' backgrounds."""
    raised: str
    """What is under the mouse, alternate rows, tracks of bars."""
    border: str
    frame: str
    """Lines around fields and tick boxes: to be seen (3 : 1) on everything they stand on."""
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    """Text and icons on ``accent``."""
    selected: str
    """Background of a selected row or a checked button: a tint of ``accent``."""
    problem: str
    good: str
    training: str
    """Curves of the training split."""
    validation: str
    """Curves of the validation split."""
    runs: tuple[str, ...]
    """Curves of other runs beside the one that is shown. After Okabe and Ito, "Color Universal Design", 2008: told apart in
    every kind of colour blindness, and unlike ``training`` and ``validation``."""
    paper: str
    """Background of the draw pad."""
    ink: str
    code_keyword: str
    """Keywords in source code; like the next three it can be read on ``surface`` and on ``selected``."""
    code_name: str
    """What a class or a function is called where it is defined."""
    code_string: str
    code_number: str
    negative_stops: tuple[str, ...]
    zero: str
    positive_stops: tuple[str, ...]
    magnitude_stops: tuple[str, ...]
    families: Mapping[str, str] = field(default_factory=lambda: _FAMILIES, hash=False)
    """One hue per layer family, by its key."""

    @cached_property
    def diverging(self) -> list[int]:
        """256 ``0xffRRGGBB`` entries for signed values: blue below, ``zero`` at index 128, orange above."""
        return colour_map.diverging(self.negative_stops, self.zero, self.positive_stops)

    @cached_property
    def sequential(self) -> list[int]:
        """256 ``0xffRRGGBB`` entries for magnitudes, from near the surface (0) to strong (255)."""
        return colour_map.sequential(self.magnitude_stops)

    @cached_property
    def ink_on_paper(self) -> list[int]:
        """256 ``0xffRRGGBB`` entries for a drawing: 0 is ``paper``, 255 is ``ink``."""
        return colour_map.sequential((self.paper, self.ink))


LIGHT = Theme(
    dark=False,
    window="#F6F7F9",
    surface="#FFFFFF",
    raised="#EDF0F4",
    border="#D9DEE5",
    frame="#737D8E",
    text="#1B2330",
    muted="#667085",
    disabled="#A3ABB8",
    accent="#2F6FED",
    on_accent="#FFFFFF",
    selected="#DCE7FC",
    problem="#C8372D",
    good="#1F8A57",
    training="#2F6FED",
    validation="#C76A00",
    runs=("#00865F", "#B24A86", "#2C9BD0", "#8A7B00", "#D23F1C", "#5B6472"),
    paper="#FFFFFF",
    ink="#1B2330",
    code_keyword="#7443C4",
    code_name="#2259C7",
    code_string="#177048",
    code_number="#9A4F00",
    negative_stops=("#8DB8EE", "#3B7DD8", "#123F8C"),
    zero="#EFF1F4",
    positive_stops=("#F6BC7C", "#D2741A", "#7A3503"),
    magnitude_stops=("#F1F4F6", "#B5DDC4", "#56AFA4", "#2B7A93", "#2A4679", "#1D1B47"),
)

DARK = Theme(
    dark=True,
    window="#15181D",
    surface="#1D2128",
    raised="#272C35",
    border="#2E343E",
    frame="#7A8698",
    text="#E6EAF0",
    muted="#94A0B0",
    disabled="#5A6472",
    accent="#6EA0FF",
    on_accent="#0E1420",
    selected="#2A3B5E",
    problem="#FF7A70",
    good="#4CC38A",
    training="#6EA0FF",
    validation="#F2A65A",
    runs=("#2BC79A", "#E59AC4", "#7FCBF5", "#E8DC5A", "#FF7F57", "#A9B3C1"),
    paper="#1D2128",
    ink="#E6EAF0",
    code_keyword="#BFA0F5",
    code_name="#8CB4FF",
    code_string="#4CC38A",
    code_number="#F2A65A",
    negative_stops=("#2464C4", "#5FA6FF", "#D3E8FF"),
    zero="#272C35",
    positive_stops=("#AB5509", "#F59A45", "#FFE6C6"),
    magnitude_stops=("#252A34", "#34479A", "#2F7A94", "#3FAF8C", "#A5D86C", "#FAF7B4"),
)


class ThemeSignals(QObject):
    """Tells widgets that paint themselves that ``theme()`` is another one now."""

    changed = Signal()


_current = LIGHT


def theme() -> Theme:
    """The theme in use."""
    return _current


@lru_cache(maxsize=1)
def signals() -> ThemeSignals:
    """The one sender of ``changed``."""
    return ThemeSignals()


def font(size: int = NORMAL, *, bold: bool = False, tabular: bool = False) -> QFont:
    """The system's font at one of the three sizes; ``tabular`` gives all digits one width, for numbers that change."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    made.setPixelSize(size)
    made.setBold(bold)
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def monospace(size: int = NORMAL) -> QFont:
    """The system's font of one width, for source code."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(size)
    return made


def system_is_dark(app: QApplication) -> bool:
    """Whether the desktop asks for dark. Where it does not say, the palette in use tells."""
    scheme = app.styleHints().colorScheme()
    if scheme != Qt.ColorScheme.Unknown:
        return scheme == Qt.ColorScheme.Dark
    palette = app.palette()
    window = palette.color(QPalette.ColorRole.Window)
    return window.lightness() < palette.color(QPalette.ColorRole.WindowText).lightness()


def apply(app: QApplication, dark: bool) -> None:
    """Give the whole app the light or the dark look, now; emits ``signals().changed``."""
    global _current
    _current = DARK if dark else LIGHT
    app.setStyle("Fusion")
    app.setPalette(_palette(_current))
    for kind in _FRAMED:
        app.setPalette(_framed(_current), kind)  # type: ignore[arg-type]  # the stubs want bytes, which it refuses
    app.setFont(font())
    app.setStyleSheet(stylesheet(vars(_current)))
    signals().changed.emit()


def _framed(colours: Theme) -> QPalette:
    """Fusion draws frames in the colour of windows made darker by this much, which in the dark is no frame at all."""
    palette = _palette(colours)
    palette.setColor(QPalette.ColorRole.Window, QColor(colours.frame).lighter(140))
    palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Window, QColor(colours.border).lighter(140))
    return palette


def _palette(colours: Theme) -> QPalette:
    role = QPalette.ColorRole
    colour_of = {
        role.Window: colours.window,
        role.WindowText: colours.text,
        role.Base: colours.surface,
        role.AlternateBase: colours.raised,
        role.Text: colours.text,
        role.Button: colours.surface,
        role.ButtonText: colours.text,
        role.BrightText: colours.problem,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.on_accent,
        role.Accent: colours.accent,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.ToolTipBase: colours.surface,
        role.ToolTipText: colours.text,
        role.PlaceholderText: colours.muted,
        role.Light: colours.surface,
        role.Midlight: colours.raised,
        role.Mid: colours.border,
        role.Dark: colours.muted,
        role.Shadow: colours.border,
    }
    palette = QPalette()
    for each, colour in colour_of.items():
        palette.setColor(each, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for each in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText, role.HighlightedText):
        palette.setColor(disabled, each, QColor(colours.disabled))
    for each in (role.Highlight, role.Accent):
        palette.setColor(disabled, each, QColor(colours.border))
    palette.setColor(disabled, role.Base, QColor(colours.window))
    palette.setColor(disabled, role.Button, QColor(colours.window))
    return palette
