"""Every menu of the main window: those of the bar, with what a person can do and its keys, and those of a right click on the
canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from cnnlab.core.graph.graph import Wire
from cnnlab.core.layout.canvas import Card
from cnnlab.core.messages import text as _
from cnnlab.gui.editor.hits import Hit, OnCard, OnWire
from cnnlab.gui.files.export import KINDS
from cnnlab.gui.window import menu_items
from cnnlab.gui.window.menu_items import Command
from cnnlab.gui.window.parts import Window
from cnnlab.gui.window.workspaces import Workspace


def add_menus(window: Window) -> dict[str, QAction]:
    """Fill the menu bar of ``window``; returns its actions by name."""
    bar = window.menuBar()
    keys = QKeySequence.StandardKey
    canvas = window.canvas
    recent = QMenu(_("Open &recent"), window)

    def fill_recent() -> None:
        menu_items.fill_recent(recent, window.preferences.recent, window.files.open)

    recent.aboutToShow.connect(fill_recent)
    export = QMenu(_("E&xport"), window)
    for kind in KINDS:
        command = Command(f"export-{kind.key}", str(kind.title), str(kind.tip), partial(window.exports.ask, kind.key))
        export.addAction(menu_items.action(command, window))
    export.setToolTipsVisible(True)
    commands = menu_items.fill(
        bar,
        _("&File"),
        [
            Command(
                "gallery",
                _("&New from gallery…"),
                _("Choose one of the networks of the course"),
                window.show_gallery,
                keys.New,
            ),
            Command(
                "empty",
                _("New &empty network"),
                _("Begin with only an input and an output"),
                partial(window.files.new, "empty"),
                "Ctrl+Shift+N",
            ),
            Command("open", _("&Open…"), _("Open a project file"), window.files.ask_open, keys.Open),
            recent,
            None,
            Command("save", _("&Save"), _("Save the project with its weights"), window.files.save, keys.Save),
            Command("save-as", _("Save &as…"), _("Save under another name"), window.files.save_as, "Ctrl+Shift+S"),
            None,
            export,
            Command(
                "import-weights",
                _("&Import weights…"),
                _("Load weights from a .safetensors, .pth or .pt file, after showing which layers they fit"),
                window.weights_import.ask,
            ),
            None,
            Command(
                "picture",
                _("Open &picture…"),
                _("Show a picture file to the network"),
                window.input_panel.ask_for_file,
                "Ctrl+Shift+O",
            ),
            None,
            Command("quit", _("&Quit"), _("Close the window"), window.close, keys.Quit),
        ],
        window,
    )
    commands |= menu_items.fill(
        bar,
        _("&Edit"),
        [
            Command("undo", _("&Undo"), _("Undo the last step"), window.document.undo, keys.Undo),
            Command("redo", _("&Redo"), _("Redo the step that was undone"), window.document.redo, "Ctrl+Shift+Z"),
            None,
            Command("cut", _("Cu&t"), _("Cut the selected layers"), canvas.cut, keys.Cut),
            Command("copy", _("&Copy"), _("Copy the selected layers"), canvas.copy, keys.Copy),
            Command("paste", _("&Paste"), _("Paste the copied layers"), canvas.paste, keys.Paste),
            Command(
                "duplicate",
                _("&Duplicate"),
                _("Copy and paste the selected layers at once"),
                canvas.duplicate_selected,
                "Ctrl+D",
            ),
            Command(
                "delete",
                f"{_('De&lete')}\tDel",
                _("Delete the selected layers and wires (Delete)"),
                canvas.delete_selected,
            ),
            Command(
                "delete-join",
                _("Delete and &join"),
                _("Remove the layer and connect its neighbours"),
                canvas.delete_and_join,
                "Ctrl+Backspace",
            ),
            Command("all", _("Select &all"), _("Select all layers"), canvas.select_all, keys.SelectAll),
        ],
        window,
    )
    panels = QMenu(_("&Panels"), window)
    for dock in window.docks.values():
        panels.addAction(dock.toggleViewAction())
    commands["code"] = show_code = window.docks["code"].toggleViewAction()
    commands |= menu_items.fill(
        bar,
        _("&View"),
        [
            Command(
                "build",
                _("&Build"),
                _("Assemble the network"),
                partial(window.show_workspace, Workspace.BUILD),
                "Ctrl+1",
            ),
            Command(
                "train",
                _("&Train"),
                _("Settings and curves"),
                partial(window.show_workspace, Workspace.TRAIN),
                "Ctrl+2",
            ),
            Command(
                "explore",
                _("&Explore"),
                _("Draw, and look inside"),
                partial(window.show_workspace, Workspace.EXPLORE),
                "Ctrl+3",
            ),
            None,
            Command("zoom-in", _("Zoom &in"), _("Show the network larger"), canvas.zoom_in, keys.ZoomIn),
            Command("zoom-out", _("Zoom &out"), _("Show the network smaller"), canvas.zoom_out, keys.ZoomOut),
            Command("zoom-100", _("Actual &size"), _("One canvas unit is one pixel"), canvas.zoom_to_100, "Ctrl+0"),
            Command("fit", _("&Fit"), _("Show the whole network"), canvas.fit, "Ctrl+9"),
            None,
            show_code,
            panels,
            _appearance_menu(window),
        ],
        window,
    )
    commands |= menu_items.fill(
        bar,
        _("&Network"),
        [
            Command("tidy", _("&Tidy up"), _("Arrange the cards in rows, from input to output"), window.tidy, "Ctrl+L"),
            Command("problems", _("&Problems"), _("What is wrong or missing"), window.show_problems, "Ctrl+Shift+M"),
            None,
            Command(
                "reset",
                _("&Fresh weights"),
                _("Discard all training and start from random weights"),
                window.reset_weights,
            ),
            Command(
                "reset-layer",
                _("Fresh weights in &this layer"),
                _("Random weights in the selected layers only"),
                window.reset_selected,
            ),
            None,
            Command(
                "freeze",
                _("Free&ze"),
                _("Keep the weights of the selected layers unchanged in training"),
                window.freezing.toggle,
                "Ctrl+Shift+F",
            ),
        ],
        window,
    )
    runs = window.runs
    commands |= menu_items.fill(
        bar,
        _("&Train"),
        [
            *window.run_bar.actions_of_run.all,
            None,
            Command(
                "range-test",
                _("&Learning-rate test…"),
                _("Try growing learning rates on a copy of the network to find one that suits"),
                window.range_tests.ask,
                "Ctrl+Shift+L",
            ),
            Command("runs", _("&Runs"), _("All recorded runs of this project"), window.show_runs, "Ctrl+Shift+R"),
            Command(
                "follow",
                _("Follow a run &folder…"),
                _("Watch a run that another process or computer trains"),
                runs.ask_folder,
            ),
            Command("unfollow", _("Stop f&ollowing"), _("Show this window’s own run again"), runs.unfollow),
        ],
        window,
    )
    runs.following.followed.connect(lambda run: commands["unfollow"].setEnabled(run is not None))
    commands["unfollow"].setEnabled(False)
    menu_items.fill(
        bar,
        _("&Help"),
        [
            Command("keys", _("&Keyboard"), _("Keys and gestures"), window.show_keys, "F1"),
            Command("glossary", _("&Glossary"), _("Terms of the course in English and Chinese"), window.show_glossary),
            Command("about", _("&About cnnlab"), _("Version and licences"), window.show_about),
        ],
        window,
    )
    window.freezing.show_in(commands["freeze"])
    _follow_selection(window, commands)
    return commands


def _appearance_menu(window: Window) -> QMenu:
    """Light, dark or as the system; the one in force is marked."""
    menu, choices = QMenu(_("&Appearance"), window), QActionGroup(window)
    for key, text in (("system", _("Follow the &system")), ("light", _("&Light")), ("dark", _("&Dark"))):
        choice = menu_items.action(
            Command(f"appearance-{key}", text, text.replace("&", ""), partial(window.set_appearance, key)), window
        )
        choice.setCheckable(True)
        choice.setChecked(window.preferences.appearance == key)
        choices.addAction(choice)
        menu.addAction(choice)
    return menu


def _follow_selection(window: Window, commands: dict[str, QAction]) -> None:
    """What is done to selected layers or wires can be chosen only while there are some."""
    selection, scene = window.selection, window.canvas.scene

    def follow() -> None:
        some = bool(selection.uids)
        for name in ("cut", "copy", "duplicate", "delete-join", "reset-layer"):
            commands[name].setEnabled(some)
        commands["delete"].setEnabled(some or bool(scene.selected_wires))

    selection.changed.connect(follow)
    scene.wires_selected.connect(follow)
    follow()


class CanvasMenu(QObject):
    """The menu of a right click: for a card, for a wire, and for the ground. Where the menu bar of ``window`` has a command too, it
    is the same one."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        window.canvas.view.menu_wanted.connect(self._open)

    def _open(self, hit: Hit, point: QPointF, on_screen: QPoint) -> None:
        menu = QMenu(self._window)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        match hit:
            case OnCard(card):
                self._fill_for_card(menu, self._window.canvas.scene.cards[card].card)
            case OnWire(wire):
                self._fill_for_wire(menu, wire, point)
            case _:
                self._fill_for_ground(menu, point)
        menu.popup(on_screen)

    def _fill_for_card(self, menu: QMenu, card: Card) -> None:
        window = self._window
        if card.layer is not None:
            self._add(menu, _("&Rename…"), "F2", partial(window.canvas.rename, card.layer))
            menu.addSeparator()
        self._share(menu, "copy", "duplicate")
        if window.freezing.layers:
            self._share(menu, "freeze")
        menu.addSeparator()
        self._add(menu, _("De&lete"), "Del", window.canvas.delete_selected)
        self._share(menu, "delete-join")
        menu.addSeparator()
        self._add(menu, _("&Show its code"), "", window.show_code)

    def _fill_for_wire(self, menu: QMenu, wire: Wire, point: QPointF) -> None:
        canvas = self._window.canvas
        self._add(menu, _("&Insert layer…"), "", partial(canvas.ask_for_layer, point, wire))
        self._add(menu, _("De&lete"), "Del", canvas.delete_selected)

    def _fill_for_ground(self, menu: QMenu, point: QPointF) -> None:
        self._add(menu, _("&Add layer…"), "", partial(self._window.canvas.ask_for_layer, point))
        self._share(menu, "paste")
        menu.addSeparator()
        self._share(menu, "fit", "tidy")

    def _share(self, menu: QMenu, *names: str) -> None:
        for name in names:
            menu.addAction(self._window.commands[name])

    def _add(self, menu: QMenu, text: str, keys: str, run: Callable[[], object]) -> None:
        """``keys`` are shown beside the words; the canvas itself listens to them."""
        action = menu.addAction(f"{text}\t{keys}" if keys else text)
        action.triggered.connect(lambda: run())
