"""What cards show: sizes, problems with their repair, maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from gui.editor.hand import Hand
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QCursor, QFontMetricsF, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cnnlab.core import catalog
from cnnlab.core.graph.facts import Facts, Problem, Severity
from cnnlab.core.graph.graph import Graph, Node
from cnnlab.core.messages import message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Layout, Project
from cnnlab.core.values import Frozen
from cnnlab.engine.inspection.looks import Strip
from cnnlab.gui.editor import card_painting, icons, lettering, problem_note
from cnnlab.gui.editor.card_face import UNKNOWN_SIZE, spoken
from cnnlab.gui.editor.card_painting import Detail
from cnnlab.gui.editor.geometry import PITCH
from cnnlab.gui.editor.palette import Palette
from cnnlab.gui.editor.problem_note import ProblemNote
from cnnlab.gui.theme import theme


class PaintWatcher(QObject):
    """Notes which parts of a widget are painted."""

    def __init__(self) -> None:
        super().__init__()
        self.regions: list[QRect] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.regions.append(event.region().boundingRect())
        return False


def note_of(hand: Hand) -> ProblemNote:
    return hand.canvas.findChild(ProblemNote)


def edit(hand: Hand, change: Any) -> None:
    hand.document.edit(message("Edit"), change)
    QApplication.processEvents()


def pixels(hand: Hand) -> QImage:
    return hand.view.viewport().grab().toImage()


def differing(one: QImage, other: QImage) -> list[tuple[int, int]]:
    """The places where two pictures differ."""
    return [(x, y) for x in range(one.width()) for y in range(one.height()) if one.pixel(x, y) != other.pixel(x, y)]


def strip(seed: int, signed: bool = True) -> Strip:
    return Strip(np.random.default_rng(seed).integers(1, 256, (26, 107), dtype=np.uint8), signed)


def test_every_card_says_its_size_and_parameters_as_inferred(hand: Hand) -> None:
    for node in hand.graph.nodes:
        face, facts = hand.card(node.path).face, hand.document.facts.of(node.uid)
        shape = facts.output or facts.inputs[0]
        assert face.size == " × ".join(map(str, shape))
        assert face.parameters == (f"{facts.parameters:,} p" if facts.parameters else "")
    assert hand.card("conv1").face.parameters == "320 p"


def test_a_frozen_layer_has_a_snowflake_beside_its_name_and_says_so(hand: Hand) -> None:
    icons.load()
    QApplication.processEvents()
    before = pixels(hand)
    edit(hand, lambda project: changes.set_learning(project, hand.uid("conv1"), frozen=True))
    assert hand.card("conv1").face.frozen
    assert "frozen" in spoken(hand.card("conv1").face)
    assert not hand.card("conv2").face.frozen
    after = pixels(hand)
    corner = hand.pixel(hand.card("conv1").card_rect().topLeft())
    other = hand.pixel(hand.card("conv1").card_rect().bottomRight())
    changed = differing(before, after)
    assert changed
    assert all(corner.x() <= x <= other.x() and corner.y() <= y <= (corner.y() + other.y()) / 2 for x, y in changed)
    hand.document.undo()
    assert not hand.card("conv1").face.frozen
    assert pixels(hand) == before


def test_every_wire_says_the_size_of_its_source(hand: Hand) -> None:
    for wire, item in hand.scene.wires.items():
        assert item.size == hand.scene.cards[wire.source].face.size


def test_unknown_sizes_are_a_dash_and_an_edit_elsewhere_moves_nothing(hand: Hand) -> None:
    hand.click(hand.body("relu1"))
    places = {uid: card.pos() for uid, card in hand.scene.cards.items()}
    items = dict(hand.scene.cards)
    hand.key(Qt.Key.Key_Delete)
    assert hand.card("pool1").face.size == UNKNOWN_SIZE
    assert all(hand.scene.cards[uid] is items[uid] for uid in hand.scene.cards), "no card was made anew"
    assert all(card.pos() == places[uid] for uid, card in hand.scene.cards.items())


def test_an_unknown_type_is_a_card_that_says_so(open_canvas: Callable[[Project], Hand]) -> None:
    node = Node("a", "capsule1", "capsule", Frozen({"routing": 3}))
    hand = open_canvas(Project(Graph((node,)), Layout(Frozen({"a": (0.0, 0.0)}))))
    assert hand.card("capsule1").face.chosen == "unknown type “capsule”"
    assert hand.card("capsule1").face.severity is Severity.ERROR
    pixels(hand)
    hand.check_scene()


def test_the_problem_of_the_selected_card_is_told_and_repaired_in_one_step(hand: Hand) -> None:
    uid = hand.uid("flatten")
    edit(hand, lambda project: changes.remove_and_join(project, uid))
    before = hand.document.project
    assert hand.card("fc1").face.severity is Severity.ERROR
    assert not note_of(hand).isVisible()
    hand.click(hand.body("fc1"))
    note = note_of(hand)
    assert note.isVisible()
    assert "Put a Flatten layer between them" in note.text.text()
    assert note.repair.text() == "Insert Flatten"
    QTest.mouseClick(note.repair, Qt.MouseButton.LeftButton)
    assert hand.card("fc1").face.problem is None
    assert not note.isVisible()
    hand.document.undo()
    assert hand.document.project == before
    hand.canvas.reveal(hand.uid("fc1"))
    hand.key(Qt.Key.Key_R)
    assert hand.card("fc1").face.problem is None


SIDES = [(0, 1), (0, -1), (1, 0), (-1, 0)]


class TestNoteInTheWay:
    @pytest.fixture
    def noted(self, hand: Hand) -> Any:
        edit(hand, lambda project: changes.remove_and_join(project, hand.uid("flatten")))
        hand.click(hand.body("fc1"))
        assert note_of(hand).isVisible()
        return hand

    def test_it_goes_after_a_while_and_comes_back_when_the_card_is_pressed(
        self, noted: Hand, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        QCursor.setPos(noted.canvas.mapToGlobal(noted.canvas.rect().topLeft()))
        monkeypatch.setattr(problem_note, "_STAY_SECONDS", 0.02)
        noted.click(noted.body("fc1"))
        qtbot.waitUntil(lambda: not note_of(noted).isVisible(), timeout=2000)
        noted.view.zoom_by(1.1)
        assert not note_of(noted).isVisible(), "a look around does not bring it back"
        monkeypatch.undo()
        noted.click(noted.body("fc1"))
        assert note_of(noted).isVisible()

    def test_it_goes_at_a_press_elsewhere_and_comes_back_with_the_selection(self, noted: Hand) -> None:
        at = noted.port("conv1", "out")
        noted.press(at)
        assert not note_of(noted).isVisible()
        noted.release(at)
        noted.click(noted.body("conv1"))
        noted.click(noted.body("fc1"))
        assert note_of(noted).isVisible()

    def test_keys_repair_what_it_told(self, noted: Hand) -> None:
        note_of(noted).go()
        noted.key(Qt.Key.Key_R)
        assert noted.card("fc1").face.problem is None

    def test_a_press_on_it_puts_it_away(self, noted: Hand) -> None:
        QTest.mouseClick(note_of(noted), Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
        assert not note_of(noted).isVisible()
        assert noted.selection.current == noted.uid("fc1")

    @pytest.mark.parametrize("free", SIDES)
    def test_it_covers_no_card_and_no_port_where_one_side_is_free(self, empty: Hand, free: tuple[int, int]) -> None:
        view = empty.view
        view.set_zoom(0.6)
        at = view.canvas_point(QPointF(450, 300))
        edit(empty, lambda project: changes.remove(project, project.graph.by_uid))
        for across, down in set(SIDES) - {free}:
            place = at.x() + across * PITCH[0], at.y() + down * PITCH[1]
            edit(empty, lambda project, place=place: changes.add_layer(project, "relu", place))
        edit(empty, lambda project: changes.add_layer(project, "maxpool2d", at.toTuple()))
        new = empty.graph.nodes[-1].uid
        empty.selection.set([new])
        note = note_of(empty)
        assert note.isVisible()
        for card in empty.scene.cards.values():
            assert not note.geometry().intersects(view.mapFromScene(card.card_rect()).boundingRect())
            assert not any(note.geometry().contains(empty.pixel(card.port_point(port))) for port in card.card.ports)


def test_the_note_has_room_for_its_words_and_stays_on_the_canvas(hand: Hand) -> None:
    edit(hand, lambda project: changes.remove_and_join(project, hand.uid("flatten")))
    for zoom in (0.3, 1.0, 2.0):
        hand.canvas.view.set_zoom(zoom)
        hand.canvas.reveal(hand.uid("fc1"))
        QApplication.processEvents()
        note = note_of(hand)
        assert hand.canvas.rect().contains(note.geometry())
        assert note.text.height() >= note.text.heightForWidth(note.text.width())
        assert not note.geometry().intersects(
            hand.view.mapFromScene(hand.card("fc1").card_rect()).boundingRect().adjusted(2, 2, -2, -2)
        )


def test_an_error_outweighs_what_is_missing_and_advice_is_last(hand: Hand) -> None:
    states = {}
    for severity in Severity:
        problems = (Problem(hand.uid("conv1"), severity, message("Something.")),)
        hand.document.facts = Facts(hand.document.facts.digest, hand.document.facts.nodes, problems)
        hand.document.facts_changed.emit()
        QApplication.processEvents()
        states[severity] = pixels(hand)
    assert len({bytes(image.constBits()) for image in states.values()}) == 3
    red = {severity: _count(image, theme.theme().problem) for severity, image in states.items()}
    assert red[Severity.ERROR] > 50
    assert red[Severity.INCOMPLETE] == red[Severity.HINT] == 0


def test_sizes_are_written_where_they_can_be_read() -> None:
    details = [card_painting.detail_at(zoom) for zoom in (0.1, 0.4, 0.46, 0.7, 1.0)]
    assert details == [Detail.NAME, Detail.MAPS, Detail.SIZE, Detail.SIZE, Detail.ALL]


def _count(image: QImage, colour: str) -> int:
    wanted = QColor(colour)
    return int((_array(image)[..., :3] == (wanted.blue(), wanted.green(), wanted.red())).all(axis=2).sum())


class TestMaps:
    @pytest.mark.parametrize("zoom", [0.6, 1.0, 1.7])
    def test_new_maps_change_no_pixel_outside_their_field(self, hand: Hand, zoom: float) -> None:
        hand.canvas.view.set_zoom(zoom)
        hand.canvas.reveal(hand.uid("conv1"))
        hand.canvas.set_strips({node.uid: strip(1) for node in hand.graph.nodes})
        QApplication.processEvents()
        before = pixels(hand)
        hand.canvas.set_strips({node.uid: strip(2) for node in hand.graph.nodes})
        after = pixels(hand)
        fields = [self._field(hand, uid) for uid in hand.scene.cards]
        old, new = _array(before), _array(after)
        changed = np.argwhere((old != new).any(axis=2))
        assert len(changed) > 500
        assert all(any(field.contains(x, y) for field in fields) for y, x in changed.tolist())

    def test_only_their_field_is_painted_anew(self, hand: Hand) -> None:
        hand.canvas.set_strips({hand.uid("conv1"): strip(1)})
        QApplication.processEvents()
        watcher = PaintWatcher()
        hand.view.viewport().installEventFilter(watcher)
        hand.canvas.set_strips({hand.uid("conv1"): strip(2)})
        QApplication.processEvents()
        assert watcher.regions
        for region in watcher.regions:
            assert self._field(hand, hand.uid("conv1")).adjusted(-4, -4, 4, 4).contains(region)

    def test_a_card_without_maps_shows_none(self, hand: Hand) -> None:
        hand.canvas.set_strips({hand.uid("conv1"): strip(1), hand.uid("relu1"): strip(2, signed=False)})
        assert hand.card("conv1").strip is not None
        hand.canvas.set_strips({hand.uid("relu1"): strip(2, signed=False)})
        assert hand.card("conv1").strip is None
        assert hand.card("relu1").strip is not None

    def test_they_follow_the_theme(self, hand: Hand, qapp: QApplication) -> None:
        theme.apply(qapp, dark=False)
        hand.canvas.set_strips({hand.uid("conv1"): strip(1)})
        light = hand.card("conv1").strip.color(200)
        theme.apply(qapp, dark=True)
        try:
            assert light == theme.LIGHT.diverging[200]
            assert hand.card("conv1").strip.color(200) == theme.DARK.diverging[200]
            assert pixels(hand).pixelColor(3, 3).name() == theme.DARK.window.lower()
        finally:
            theme.apply(qapp, dark=False)

    @staticmethod
    def _field(hand: Hand, uid: str) -> QRect:
        """Of a card's maps on the viewport, rounded outwards."""
        card = hand.scene.cards[uid].card_rect()
        corner = hand.view.mapFromScene(card.topLeft() + QPointF(8, 60))
        return QRect(corner, hand.view.mapFromScene(card.bottomRight() - QPointF(8, 4))).adjusted(-1, -1, 1, 1)


def _array(image: QImage) -> np.ndarray:
    return np.array(image.constBits()).reshape(image.height(), -1, 4)


def test_every_icon_of_the_catalogue_exists(qapp: QApplication) -> None:
    icons.load()
    assert all(len(icons.letter(spec.icon)) == 1 for spec in catalog.LAYERS)


def test_icons_come_after_the_first_picture_and_the_palette_takes_them_up(
    qtbot: QtBot, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icons, "_families", {})
    widget = Palette()
    qtbot.addWidget(widget)
    row = widget.tree.topLevelItem(0).child(0)
    before = row.icon(0).pixmap(18, 18).toImage()
    icons.load()
    assert row.icon(0).pixmap(18, 18).toImage() != before


def test_text_is_never_smaller_than_can_be_read(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnlab.gui.editor import lettering

    sizes = []
    real = lettering.write

    def write(painter: Any, left: float, middle: float, text: str, size: int, bold: bool = False) -> None:
        sizes.append((zoom, size))
        assert painter.worldTransform().m11() == pytest.approx(1.0), "text is drawn in screen pixels"
        real(painter, left, middle, text, size, bold)

    monkeypatch.setattr(lettering, "write", write)
    for zoom in (0.1, 0.2, 0.3, 0.45, 0.5, 0.68, 0.8, 1.0, 3.0):
        hand.canvas.view.set_zoom(zoom)
        pixels(hand)
    assert min(size for _zoom, size in sizes) >= lettering.MIN
    assert {zoom for zoom, _size in sizes} >= {0.3, 0.45, 0.68}, "names are still there at low zoom"


@pytest.mark.parametrize("zoom", [*np.linspace(0.45, 0.8, 36).round(2), 1.0, 1.6])
def test_no_line_of_a_card_reaches_into_its_maps(hand: Hand, monkeypatch: pytest.MonkeyPatch, zoom: float) -> None:
    lowest: list[float] = []

    def noted(_painter: Any, _left: float, middle: float, text: str, pixels: int, bold: bool = False) -> None:
        metrics = QFontMetricsF(lettering.font(pixels, bold))
        lowest.append(round(middle + metrics.capHeight() / 2) + metrics.tightBoundingRect(text).bottom())

    monkeypatch.setattr(lettering, "write", noted)
    face = replace(hand.card("conv1").face, size="16 × 24 × 24", parameters="102,528 p")
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    card_painting.paint(painter, face, card_painting.CardState(), zoom)
    painter.end()
    assert lowest
    assert max(lowest) <= card_painting.strip_rect(face, zoom).top()
