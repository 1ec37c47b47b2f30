"""The theme: readable in light and dark, colour maps that say what they should, and the whole app repainted."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QRadioButton,
    QScrollBar,
    QSpinBox,
    QStyle,
    QStyleOptionButton,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnlab.gui.theme import colour_map, theme
from cnnlab.gui.theme.stylesheet import stylesheet

BOTH = pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=["light", "dark"])


@pytest.fixture(autouse=True)
def _light_again(qapp: QApplication) -> Iterator[None]:
    yield
    theme.apply(qapp, dark=False)


def luminance(colour: int | str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    entry = QColor.fromRgb(colour) if isinstance(colour, int) else QColor(colour)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (entry.redF(), entry.greenF(), entry.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: int | str, other: int | str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@BOTH
def test_every_colour_is_a_plain_hex_string(look: theme.Theme) -> None:
    values = [getattr(look, field.name) for field in dataclasses.fields(look)]
    named = [value for value in values if isinstance(value, str)]
    named += [stop for value in values if isinstance(value, tuple) for stop in value] + list(look.families.values())
    assert len(named) > 30
    assert [value for value in named if not re.fullmatch("#[0-9A-F]{6}", value)] == []


@BOTH
@pytest.mark.parametrize("role", ["text", "muted", "problem"])
def test_words_can_be_read_on_window_and_surface(look: theme.Theme, role: str) -> None:
    assert contrast(getattr(look, role), look.window) >= 4.5
    assert contrast(getattr(look, role), look.surface) >= 4.5


@BOTH
@pytest.mark.parametrize("role", ["keyword", "name", "string", "number"])
def test_code_can_be_read_on_plain_and_on_marked_lines(look: theme.Theme, role: str) -> None:
    assert contrast(getattr(look, f"code_{role}"), look.surface) >= 4.5
    assert contrast(getattr(look, f"code_{role}"), look.selected) >= 4.5


@BOTH
def test_accent_and_family_hues_stand_out(look: theme.Theme) -> None:
    assert contrast(look.on_accent, look.accent) >= 4.5
    assert contrast(look.text, look.selected) >= 4.5
    low = {key: contrast(hue, look.surface) for key, hue in look.families.items() if contrast(hue, look.surface) < 2.5}
    assert low == {}
    assert len(set(look.families.values())) == len(look.families) == 8


@BOTH
@pytest.mark.parametrize("kind", [QLineEdit, QSpinBox, QComboBox, QCheckBox, QRadioButton, QTableView, QMenu])
def test_frames_of_fields_and_empty_tick_boxes_can_be_seen(
    qapp: QApplication, qtbot: QtBot, look: theme.Theme, kind: type[QWidget]
) -> None:
    theme.apply(qapp, look.dark)
    widget = kind()
    qtbot.addWidget(widget)
    widget.ensurePolished()
    option = QStyleOptionButton()
    option.initFrom(widget)
    option.rect = QRect(8, 8, 16, 16)
    picture = QImage(32, 32, QImage.Format.Format_RGB32)
    for ground in (look.surface, look.window, look.selected):
        picture.fill(QColor(ground))
        painter = QPainter(picture)
        qapp.style().drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, option, painter, widget)
        painter.end()
        minimum = 2.5 if ground == look.selected else 3.0
        assert max(contrast(picture.pixel(x, 16) & 0xFFFFFF, ground) for x in range(32)) >= minimum


@BOTH
def test_fields_of_every_kind_look_alike(qapp: QApplication, qtbot: QtBot, look: theme.Theme) -> None:
    theme.apply(qapp, look.dark)
    ends = set()
    for kind in (QLineEdit, QSpinBox, QComboBox):
        field = kind()
        qtbot.addWidget(field)
        field.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        field.resize(120, 28)
        picture = field.grab().toImage()
        ends.add(
            next(
                QColor(picture.pixel(x, 14)).name()
                for x in range(3)
                if picture.pixelColor(x, 14) != picture.pixelColor(60, 14)
            )
        )
    assert len(ends) == 1


@BOTH
def test_curves_colours_can_be_seen_in_a_selected_row(look: theme.Theme) -> None:
    assert contrast(look.training, look.selected) >= 3
    assert min(contrast(colour, look.selected) for colour in look.runs) >= 2


@BOTH
def test_diverging_map_is_symmetrical_about_a_fixed_zero(look: theme.Theme) -> None:
    table = look.diverging
    assert len(table) == 256
    assert QColor.fromRgb(table[128]) == QColor(look.zero)
    assert QColor.fromRgb(table[1]) == QColor(look.negative_stops[-1])
    assert QColor.fromRgb(table[255]) == QColor(look.positive_stops[-1])
    assert table[0] == table[1]
    assert all(QColor.fromRgb(entry).blue() > QColor.fromRgb(entry).red() for entry in table[:120]), (
        "negative values must be blue"
    )
    assert all(QColor.fromRgb(entry).red() > QColor.fromRgb(entry).blue() for entry in table[137:]), (
        "positive values must be orange"
    )
    for step in range(1, 128):  # equal distances from zero look about equally strong
        assert abs(luminance(table[128 - step]) - luminance(table[128 + step])) < 0.08


@BOTH
def test_distance_from_zero_is_ordered_by_lightness_alone(look: theme.Theme) -> None:
    """So that the maps also read for people who see no hue, and on paper."""
    sign = 1 if look.dark else -1
    arms = (look.diverging[128:], look.diverging[128:0:-1], look.sequential, look.ink_on_paper)
    for arm in arms:
        shades = [sign * luminance(entry) for entry in arm]
        assert all(later >= earlier - 0.002 for earlier, later in pairwise(shades))
        assert shades[-1] - shades[0] > 0.5
    assert contrast(look.sequential[0], look.surface) < 1.35
    assert contrast(look.diverging[128], look.surface) < 1.35


def test_sequential_ends_at_its_stops_and_refuses_a_fold() -> None:
    table = colour_map.sequential(("#101010", "#808080", "#F0F0F0"))
    assert (table[0], table[-1]) == (0xFF101010, 0xFFF0F0F0)
    with pytest.raises(ValueError, match="monotonic"):
        colour_map.sequential(("#101010", "#F0F0F0", "#808080"))


def test_apply_sets_palette_and_tells_once(qapp: QApplication, qtbot: QtBot) -> None:
    for dark, look in ((True, theme.DARK), (False, theme.LIGHT)):
        with qtbot.waitSignal(theme.signals().changed, timeout=1000):
            theme.apply(qapp, dark)
        assert theme.theme() is look
        palette = qapp.palette()
        assert palette.color(QPalette.ColorRole.Window) == QColor(look.window)
        assert palette.color(QPalette.ColorRole.Base) == QColor(look.surface)
        disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        assert disabled == QColor(look.disabled)
        assert qapp.font().pixelSize() == theme.NORMAL
        assert theme.system_is_dark(qapp) is dark  # offscreen names no scheme, so the palette tells


def test_widgets_are_repainted_in_the_new_look(qapp: QApplication, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(64, 64)
    button = QToolButton(window)
    button.setCheckable(True)
    button.setChecked(True)
    button.setGeometry(8, 8, 32, 32)
    window.show()
    for dark, look in ((True, theme.DARK), (False, theme.LIGHT)):
        theme.apply(qapp, dark)
        picture = window.grab().toImage()
        assert picture.pixelColor(QPoint(60, 60)) == QColor(look.window)
        assert picture.pixelColor(QPoint(24, 24)) == QColor(look.selected)


def test_scroll_bars_are_slim(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, dark=False)
    bar = QScrollBar()
    qtbot.addWidget(bar)
    assert bar.sizeHint().width() <= 12


@BOTH
def test_stylesheet_is_filled_in(look: theme.Theme) -> None:
    sheet = stylesheet(vars(look))
    assert look.accent in sheet
    assert sheet.count("{") == sheet.count("}")
    assert "{{" not in sheet


def test_tabular_figures_are_one_width(qapp: QApplication) -> None:
    metrics = QFontMetricsF(theme.font(theme.SMALL, tabular=True))
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1
    assert theme.font(theme.LARGE).pixelSize() == 16


def test_theme_loads_no_numpy() -> None:
    code = "import sys, cnnlab.gui.theme.theme as t; t.LIGHT.diverging; print(*({'numpy', 'pyqtgraph'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
