"""Fetching behind the window: its words, Stop, going on, and the way out by a folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import Message, Refusal
from cnnlab.gui.files.pictures_folder import Fetching
from cnnlab.gui.notify import Banner

WHOLE = SOURCES["cifar10"].download_bytes


class Server:
    """Stands for the network: brings what it is told to, and waits."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.first = WHOLE // 2 + 1
        """Bytes that come at once."""

    def __call__(self, name: str, cancelled: Callable[[], bool], progress: Callable[[int], None]) -> str:
        self.asked.append(name)
        progress(self.first)
        while not self.go_on.wait(0.01):
            if cancelled():
                raise RuntimeError("cancelled")
        if self.error is not None:
            raise self.error
        return "there"


class Desk:
    """A window with a banner, and what was done from it."""

    def __init__(self, window: QWidget, server: Server) -> None:
        self.banner = Banner(window)
        self.server = server
        self.done: list[str] = []
        self.chosen: list[Callable[[], None]] = []
        self.fetching = Fetching(self.banner, window, self.chosen.append, server)

    def start(self) -> None:
        self.fetching.start("cifar10", lambda: self.done.append("then"))

    def press(self, text: str) -> None:
        (button,) = (each for each in self.banner.findChildren(QPushButton) if each.text() == text and each.isVisible())
        button.click()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    desk = Desk(window, Server())
    yield desk
    desk.fetching.close()


def test_it_tells_how_much_has_come_and_goes_on_when_all_is_there(desk: Desk, qtbot: QtBot) -> None:
    desk.start()
    qtbot.waitUntil(lambda: desk.banner.text == "Downloading CIFAR-10: 85 of 170 MB.")
    assert not desk.done
    desk.server.go_on.set()
    qtbot.waitUntil(lambda: desk.done == ["then"])
    assert desk.banner.text == "CIFAR-10 was downloaded."
    assert not desk.fetching.is_busy


def test_stop_keeps_what_came_and_it_can_be_gone_on_with(desk: Desk, qtbot: QtBot) -> None:
    desk.start()
    qtbot.waitUntil(lambda: "85 of" in desk.banner.text)
    desk.press("Stop")
    qtbot.waitUntil(lambda: desk.banner.text == "Download stopped at 50 %. Incomplete files are not used.")
    assert desk.done == []
    desk.server.go_on.set()
    desk.press("Continue")
    qtbot.waitUntil(lambda: desk.done == ["then"])
    assert desk.server.asked == ["cifar10", "cifar10"]


def test_a_failure_is_told_and_a_folder_is_the_other_way(desk: Desk, qtbot: QtBot) -> None:
    desk.server.error = Refusal(Message("The server sleeps."))
    desk.server.go_on.set()
    desk.start()
    qtbot.waitUntil(lambda: desk.banner.text == "The server sleeps.")
    desk.press("Choose folder…")
    assert len(desk.chosen) == 1
    desk.chosen[0]()
    assert desk.done == ["then"]


def test_what_did_not_begin_can_be_tried_again(desk: Desk, qtbot: QtBot) -> None:
    desk.server.first = 0
    desk.server.error = Refusal(Message("There is no network. Nothing was fetched. Try again when there is one. " * 2))
    desk.server.go_on.set()
    desk.start()
    qtbot.waitUntil(lambda: desk.banner.text.startswith("There is no network."))
    label, button = desk.banner.findChild(QLabel), desk.banner.findChild(QPushButton)
    assert label.width() > 0.8 * desk.banner.width(), "the words have the width of the banner, the buttons a row below"
    assert button.y() >= label.geometry().bottom()
    desk.server.error = None
    desk.press("Try again")
    qtbot.waitUntil(lambda: desk.done == ["then"])


def test_a_closed_banner_stays_closed_until_it_is_there(desk: Desk, qtbot: QtBot) -> None:
    desk.start()
    qtbot.waitUntil(lambda: "85 of" in desk.banner.text)
    desk.banner.hide()
    desk.fetching._clock.timeout.emit()
    assert desk.banner.text == ""
    desk.start()
    assert desk.server.asked == ["cifar10"], "a second wish shows the one that is in hand"
    assert "85 of" in desk.banner.text
    desk.server.go_on.set()
    qtbot.waitUntil(lambda: desk.banner.text == "CIFAR-10 was downloaded.")


def test_closing_the_window_does_not_wait_for_the_network(desk: Desk, qtbot: QtBot) -> None:
    desk.start()
    qtbot.waitUntil(lambda: bool(desk.server.asked))
    desk.fetching.close()
    assert not desk.fetching.is_busy
    assert desk.done == []
