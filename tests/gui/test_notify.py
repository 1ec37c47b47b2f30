from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.gui.notify import Banner, Unexpected
from cnnlab.gui.theme import theme


@pytest.fixture
def over(qtbot: QtBot) -> QWidget:
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(800, 400)
    over.show()
    return over


@pytest.fixture
def banner(over: QWidget) -> Banner:
    return Banner(over)


def test_it_is_silent_until_it_is_told_something(banner: Banner) -> None:
    assert not banner.isVisible()
    assert banner.text == ""
    banner.tell("The file was saved.")
    assert banner.isVisible()
    assert banner.text == "The file was saved."


def test_it_goes_by_itself_after_it_can_have_been_read(qtbot: QtBot, banner: Banner) -> None:
    banner.tell("Short.")
    short = banner._timer.interval()
    banner.tell("A much longer sentence, " * 10)
    assert short >= 4000
    assert banner._timer.interval() > short
    banner._timer.start(1)
    qtbot.waitUntil(lambda: not banner.isVisible())
    assert banner.text == ""


def test_what_is_being_done_stays_until_something_else_is_told(banner: Banner) -> None:
    banner.tell("Before.")
    banner.hold("Writing net.onnx…")
    assert banner.text == "Writing net.onnx…"
    assert not banner._timer.isActive()
    banner.tell("Done.")
    assert banner._timer.isActive()


def test_an_offer_is_taken_by_a_click_and_does_not_stay_for_the_next_sentence(qtbot: QtBot, banner: Banner) -> None:
    taken: list[str] = []
    banner.offer("Exported net.onnx.", "Show in folder", lambda: taken.append("shown"))
    button = banner.findChild(QPushButton)
    assert banner._timer.isActive()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert taken == ["shown"]
    assert not banner.isVisible()
    banner.tell("Something else.")
    assert not button.isVisible()


def test_a_click_closes_it_and_its_clock(qtbot: QtBot, banner: Banner) -> None:
    banner.tell("Read this.")
    button = banner.findChild(QToolButton)
    assert button.toolTip()
    assert button.accessibleName()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()
    assert not banner._timer.isActive()


@pytest.mark.parametrize("width", [300, 500, 1600])
def test_it_stays_inside_what_it_lies_over_and_shows_all_its_words(
    qtbot: QtBot, over: QWidget, banner: Banner, width: int
) -> None:
    banner.tell("What happened, what is safe, and what to do next. " * 4)
    over.resize(width, 400)
    qtbot.waitUntil(lambda: over.rect().contains(banner.geometry()))
    assert abs(banner.geometry().center().x() - over.rect().center().x()) <= 1
    assert banner.height() >= banner.layout().heightForWidth(banner.width())
    banner.hide()


def test_it_follows_light_and_dark(banner: Banner) -> None:
    before = banner.styleSheet()
    theme.signals().changed.emit()
    assert banner.styleSheet() == before
    assert theme.theme().accent in before


@pytest.fixture
def unexpected(qapp: object) -> Iterator[Unexpected]:
    unexpected = Unexpected()
    yield unexpected
    unexpected.remove()


class Ear(QObject):
    def __init__(self, unexpected: Unexpected) -> None:
        super().__init__()
        self.text: list[str] = []
        self.threads: set[threading.Thread] = set()
        unexpected.reported.connect(self.on_told)

    def on_told(self, text: str) -> None:
        self.text.append(text)
        self.threads.add(threading.current_thread())


def let_it_out(error: BaseException) -> None:
    """What Python does with an exception that nobody caught."""
    sys.excepthook(type(error), error, error.__traceback__)


def raise_in_thread(error: BaseException) -> None:
    def work() -> None:
        raise error

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_what_nobody_caught_is_told_and_logged_whole(unexpected: Unexpected, caplog: pytest.LogCaptureFixture) -> None:
    ear = Ear(unexpected)
    with caplog.at_level(logging.ERROR):
        try:
            raise ValueError("the detail")
        except ValueError as error:
            let_it_out(error)
    (text,) = ear.text
    assert text.startswith("Something in cnnlab failed (ValueError: the detail).")
    assert "Traceback" not in text
    assert "Traceback" in caplog.text


def test_an_error_with_words_of_its_own_is_told_in_these(unexpected: Unexpected) -> None:
    ear = Ear(unexpected)
    let_it_out(ParamError(_("Too much.")))
    assert ear.text == ["Too much."]


def test_the_same_failure_again_and_again_is_told_once(unexpected: Unexpected) -> None:
    ear = Ear(unexpected)
    for _number in range(50):
        let_it_out(ValueError("in a paint event"))
    let_it_out(ValueError("another"))
    assert len(ear.text) == 2


def test_a_failure_in_a_thread_is_told_in_the_windows_thread(qtbot: QtBot, unexpected: Unexpected) -> None:
    ear = Ear(unexpected)
    raise_in_thread(ValueError("in a thread"))
    qtbot.waitUntil(lambda: len(ear.text) == 1)
    assert ear.threads == {threading.main_thread()}


def test_a_thread_that_ends_itself_has_not_failed(qtbot: QtBot, unexpected: Unexpected) -> None:
    ear = Ear(unexpected)
    raise_in_thread(SystemExit(0))
    raise_in_thread(ValueError("in a thread"))
    qtbot.waitUntil(lambda: bool(ear.text))
    assert "SystemExit" not in ear.text[0]


def test_ctrl_c_is_no_failure_and_the_hooks_go_back(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupts: list[type[BaseException]] = []
    before: Callable[..., None] = lambda kind, error, trace: interrupts.append(kind)  # noqa: E731
    monkeypatch.setattr(sys, "excepthook", before)
    in_threads = threading.excepthook
    unexpected = Unexpected()
    ear = Ear(unexpected)
    let_it_out(KeyboardInterrupt())
    assert interrupts == [KeyboardInterrupt]
    assert ear.text == []
    unexpected.remove()
    assert sys.excepthook is before
    assert threading.excepthook is in_threads
