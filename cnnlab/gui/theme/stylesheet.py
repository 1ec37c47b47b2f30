"""What a ``QPalette`` cannot say about the look of Fusion, as one style sheet for the application.

Only the widgets named here are touched. Spin boxes and combo boxes keep Fusion's own drawing: a style sheet on them would
have to redraw their arrows too.
"""

from __future__ import annotations

from collections.abc import Mapping

_TEMPLATE = """
QToolTip {{ background: {surface}; color: {text}; border: 1px solid {border}; padding: 4px 8px; }}

QMainWindow::separator {{ background: {border}; width: 1px; height: 1px; }}
QMainWindow::separator:hover {{ background: {accent}; }}
QFrame#rule {{ color: {border}; }}
QSplitter::handle {{ background: {border}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QSplitter::handle:hover {{ background: {accent}; }}

QDockWidget {{ font-weight: bold; }}
QDockWidget::title {{ background: {window}; padding: 8px; text-align: left; }}

QMenuBar {{ background: {window}; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {raised}; color: {text}; }}
QToolBar {{ background: {window}; border: none; spacing: 4px; padding: 4px; }}
QStatusBar::item {{ border: none; }}

QTabWidget::pane {{ border: none; border-top: 1px solid {border}; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ padding: 6px 12px; color: {muted}; border: none; border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {accent}; }}
QTabBar::tab:focus {{ background: {raised}; }}
QTabBar::tab:disabled {{ color: {disabled}; }}

QGroupBox {{ border: none; margin-top: 24px; padding: 0; }}
QGroupBox::title {{ subcontrol-origin: margin; subcontrol-position: top left; padding: 4px 0; color: {muted}; }}

QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 4px; background: transparent; }}
QToolButton:hover {{ background: {raised}; }}
QToolButton:pressed {{ background: {border}; }}
QToolButton:checked {{ background: {selected}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton:disabled {{ color: {disabled}; }}
QToolButton[popupMode="1"] {{ padding-right: 16px; }}
QToolButton::menu-button {{ border: none; width: 12px; }}
QToolButton[popupMode="2"] {{ padding: 4px 20px 4px 8px; margin-right: 8px; }}
QToolButton::menu-indicator {{ subcontrol-origin: border; subcontrol-position: right center; right: 6px; }}

QPushButton {{ border: 1px solid {border}; border-radius: 4px; padding: 4px 12px; background: {surface}; }}
QPushButton:hover {{ background: {raised}; }}
QPushButton:pressed {{ background: {border}; }}
QPushButton:checked {{ background: {selected}; border-color: {accent}; }}
QPushButton:default {{ background: {accent}; border-color: {accent}; color: {on_accent}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ background: {window}; border-color: {border}; color: {disabled}; }}

QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {border}; }}
QSlider::sub-page:horizontal {{ border-radius: 2px; background: {accent}; }}
QSlider::sub-page:horizontal:disabled {{ background: {border}; }}
QSlider::handle:horizontal {{ width: 10px; margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal {{ background: {surface}; border: 1px solid {muted}; }}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ border-color: {accent}; }}

QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {border}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 24px; }}
QScrollBar::handle:horizontal {{ min-width: 24px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QHeaderView {{ background: {window}; font-size: 11px; }}
QTableView::item {{ padding: 0 4px; }}
QHeaderView::section {{ background: {window}; color: {muted}; padding: 4px 8px; }}
QHeaderView::section {{ border: none; border-bottom: 1px solid {border}; }}
QHeaderView::up-arrow, QHeaderView::down-arrow {{ subcontrol-origin: border; subcontrol-position: top center; }}
QHeaderView::up-arrow, QHeaderView::down-arrow {{ width: 7px; height: 7px; }}
QAbstractItemView {{ outline: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}

QAbstractItemView {{ selection-background-color: {selected}; selection-color: {text}; }}
QLineEdit {{ padding: 0 2px; }}
QSpinBox QLineEdit, QDoubleSpinBox QLineEdit, QComboBox QLineEdit {{ padding: 0; }}
"""


def stylesheet(colours: Mapping[str, object]) -> str:
    """The style sheet in these colours, by the names that ``Theme`` gives them."""
    return _TEMPLATE.format_map(colours)
