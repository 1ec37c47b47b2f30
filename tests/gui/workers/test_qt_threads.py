"""Threads: the latest request wins, failures arrive, slots run in the window's thread; and the binding keeps its counts."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
import shiboken6
import torch
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.engine.system.threads import keep_to
from cnnlab.gui.workers.qt_threads import GarbageCollector, Lane, LatestWorker, OneAtATime, Processor, Task, message_of
from cnnlab.gui.workers.turns import Rank


class Ear(QObject):
    """Hears signals in methods, as all code here must, and notes the thread."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, Any]] = []
        self.threads: set[threading.Thread] = set()

    def on_done(self, *values: Any) -> None:
        self._note("done", *values)

    def on_failed(self, *values: Any) -> None:
        self._note("failed", *values)

    def _note(self, what: str, *values: Any) -> None:
        self.heard.append((what, values[-1]))
        self.threads.add(threading.current_thread())


@pytest.fixture
def owner(qapp: object) -> Iterator[QObject]:
    owner = QObject()
    yield owner
    owner.deleteLater()


def listened(worker: Task | Lane) -> Ear:
    ear = Ear()
    worker.done.connect(ear.on_done)
    worker.failed.connect(ear.on_failed)
    return ear


def run(qtbot: QtBot, owner: QObject, work: Callable[[], Any]) -> Ear:
    task = Task(work, owner)
    ear = listened(task)
    with qtbot.waitSignal(task.finished):
        task.start()
    task.wait()
    qtbot.waitUntil(lambda: bool(ear.heard))
    return ear


def test_a_task_brings_its_result_into_the_windows_thread(qtbot: QtBot, owner: QObject) -> None:
    ear = run(qtbot, owner, threading.current_thread)
    ((what, worker),) = ear.heard
    assert what == "done"
    assert worker is not threading.main_thread()
    assert ear.threads == {threading.main_thread()}


@pytest.fixture
def three_threads() -> Iterator[None]:
    """What torch takes unless told otherwise, also for threads that come later."""
    before = torch.get_num_threads()
    keep_to(3)
    yield
    keep_to(before)


@pytest.mark.usefixtures("three_threads")
def test_work_beside_a_training_keeps_to_one_thread_of_the_processor(qtbot: QtBot, owner: QObject) -> None:
    assert run(qtbot, owner, torch.get_num_threads).heard == [("done", 1)]
    worker = LatestWorker(lambda _request: torch.get_num_threads(), owner)
    with qtbot.waitSignal(worker.done) as caught:
        worker.submit("count")
    worker.close()
    assert caught.args == ["count", 1]


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("x"), SystemExit(3), MemoryError()], ids=repr)
def test_a_task_that_fails_says_so_and_nothing_else(qtbot: QtBot, owner: QObject, error: BaseException) -> None:
    def work() -> None:
        raise error

    ear = run(qtbot, owner, work)
    assert ear.heard == [("failed", error)]
    assert ear.threads == {threading.main_thread()}


class Gate:
    """Work that waits in the worker until it is let go, so that requests can pile up in front of it."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()
        self.asked: list[Any] = []

    def __call__(self, request: Any) -> Any:
        self.asked.append(request)
        self.begun.set()
        assert self.open.wait(10)
        if request == "bad":
            raise ValueError("bad")
        return f"did {request}"


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


@pytest.fixture
def latest(owner: QObject, gate: Gate) -> Iterator[LatestWorker]:
    worker = LatestWorker(gate, owner)
    yield worker
    gate.open.set()
    worker.close()


def test_only_the_latest_request_waits(qtbot: QtBot, latest: LatestWorker, gate: Gate) -> None:
    ear = listened(latest)
    latest.submit("first")
    assert gate.begun.wait(10)
    for number in range(100):
        latest.submit(f"later {number}")
    gate.open.set()
    qtbot.waitUntil(lambda: len(ear.heard) == 2)
    assert gate.asked == ["first", "later 99"]
    assert ear.heard == [("done", "did first"), ("done", "did later 99")]
    assert ear.threads == {threading.main_thread()}


def test_a_failure_is_told_and_the_next_request_is_done(qtbot: QtBot, latest: LatestWorker, gate: Gate) -> None:
    gate.open.set()
    ear = listened(latest)
    latest.submit("bad")
    qtbot.waitUntil(lambda: len(ear.heard) == 1)
    latest.submit("good")
    qtbot.waitUntil(lambda: len(ear.heard) == 2)
    assert [what for what, _value in ear.heard] == ["failed", "done"]
    assert ear.threads == {threading.main_thread()}


def test_a_result_comes_with_its_request(qtbot: QtBot, latest: LatestWorker, gate: Gate) -> None:
    gate.open.set()
    with qtbot.waitSignal(latest.done) as caught:
        latest.submit({"a": 1})
    assert caught.args == [{"a": 1}, "did {'a': 1}"]


def test_it_ends_while_it_waits_and_leaves_what_was_not_begun(qtbot: QtBot, latest: LatestWorker, gate: Gate) -> None:
    latest.submit("first")
    assert gate.begun.wait(10)
    latest.submit("never")
    threading.Timer(0.05, gate.open.set).start()
    latest.close()
    assert latest._processor.isFinished()
    assert gate.asked == ["first"]


def test_it_can_be_ended_before_it_began(owner: QObject) -> None:
    worker = LatestWorker(str, owner)
    worker.close()
    assert not worker._processor.isRunning()


def test_ending_an_idle_worker_does_not_hang(qtbot: QtBot, latest: LatestWorker, gate: Gate) -> None:
    gate.open.set()
    with qtbot.waitSignal(latest.done):
        latest.submit("only")
    latest.close()
    assert latest._processor.isFinished()


def test_after_the_end_nothing_is_begun(owner: QObject) -> None:
    worked: list[object] = []
    worker = LatestWorker(worked.append, owner)
    worker.close()
    worker.submit(1)
    assert not worker._processor.isRunning()
    assert worker._processor.wait(0)
    assert not worked


def test_our_own_errors_bring_their_words() -> None:
    assert str(message_of(ParamError(_("Too much.")))) == "Too much."
    text = str(message_of(ValueError("first line\nsecond line")))
    assert text.startswith("Something in cnnlab failed (ValueError: first line). Your project is unchanged.")
    assert "second" not in text
    assert len(str(message_of(ValueError("x" * 10_000)))) < 500


@pytest.fixture
def collector(owner: QObject) -> Iterator[GarbageCollector]:
    collector = GarbageCollector(owner)
    yield collector
    collector._on_quit()


def test_cycles_are_collected_by_the_timer_and_no_other_way(collector: GarbageCollector) -> None:
    gone = threading.Event()

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            gone.set()

    gc.collect()
    assert not gc.isenabled()
    Cycle()
    filler = [[number] for number in range(gc.get_threshold()[0] * 2)]
    assert not gone.is_set()
    collector._on_timeout()
    assert gone.is_set()
    assert filler


def test_at_the_end_pythons_own_collector_is_back(collector: GarbageCollector) -> None:
    collector._on_quit()
    assert gc.isenabled()


class Bell(QObject):
    rung = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.rung.connect(self._on_rung)

    def _on_rung(self, loud: bool) -> None:
        self.count += loud


SLACK = 200
"""References that come and go for reasons of their own; a leak loses one for each of the calls."""


def test_emitting_keeps_the_count_of_true(qapp: object) -> None:
    """PySide6 6.12.0 on Python 3.11 loses one reference to True for each emit, and aborts after some hundred."""
    bell = Bell()
    before = sys.getrefcount(True)
    for _number in range(20_000):
        bell.rung.emit(True)
    assert abs(sys.getrefcount(True) - before) < SLACK
    assert bell.count == 20_000


def test_calls_without_a_result_keep_the_count_of_none(qapp: object) -> None:
    bell = Bell()
    before = sys.getrefcount(None)
    for _number in range(100_000):
        bell.setObjectName("bell")
    assert abs(sys.getrefcount(None) - before) < SLACK


def test_pieces_of_work_wait_for_each_other_in_their_order(qtbot: QtBot, owner: QObject) -> None:
    ready, heard, at_work = threading.Event(), list[Any](), list[str]()
    work = OneAtATime(owner)

    def piece(name: str) -> Callable[[], str]:
        def do() -> str:
            at_work.append(name)
            assert at_work == [name], "only one is in hand"
            assert ready.wait(30)
            at_work.remove(name)
            return name

        return do

    for name in "abc":
        work.run(piece(name), heard.append, heard.append)
    work.run(lambda: 1 / 0, heard.append, heard.append)
    work.run(piece("d"), heard.append, heard.append)
    assert work.is_busy
    assert not heard
    ready.set()
    qtbot.waitUntil(lambda: not work.is_busy and len(heard) == 5)
    assert isinstance(heard.pop(3), ZeroDivisionError)
    assert heard == ["a", "b", "c", "d"]


def test_what_is_asked_for_at_the_end_of_a_piece_of_work_comes_after_what_waited(qtbot: QtBot, owner: QObject) -> None:
    heard = list[Any]()
    work = OneAtATime(owner)

    def again(result: str) -> None:
        heard.append(result)
        work.run(lambda: "last", heard.append, heard.append)

    work.run(lambda: "first", again, heard.append)
    work.run(lambda: "second", heard.append, heard.append)
    qtbot.waitUntil(lambda: not work.is_busy)
    assert heard == ["first", "second", "last"]


def test_nothing_is_called_or_begun_any_more_once_it_is_closed(qtbot: QtBot, owner: QObject) -> None:
    begun, ready, heard = threading.Event(), threading.Event(), list[Any]()
    work = OneAtATime(owner)

    def first() -> None:
        begun.set()
        assert ready.wait(30)

    work.run(first, heard.append, heard.append)
    work.run(lambda: heard.append("begun"), heard.append, heard.append)
    assert begun.wait(30)
    ready.set()
    work.close()
    work.run(lambda: heard.append("begun"), heard.append, heard.append)
    qtbot.wait(1)
    assert heard == []
    assert not work.is_busy


@pytest.fixture
def processor(qapp: object) -> Iterator[Processor]:
    processor = Processor()
    yield processor
    processor.close()
    assert not processor.isRunning()


class Report:
    """Long work in steps, each of which waits until it is let go."""

    def __init__(self) -> None:
        self.steps = threading.Semaphore(0)
        self.taken: list[str] = []
        self.given_up: list[threading.Thread] = []

    def __call__(self, request: str) -> Generator[None, None, str]:
        try:
            for _step in range(5):
                self.taken.append(request)
                assert self.steps.acquire(timeout=30)
                yield
        except GeneratorExit:
            self.given_up.append(threading.current_thread())
            raise
        return f"{request} is done"


def test_a_stroke_is_done_between_two_steps_of_a_report_which_then_goes_on(qtbot: QtBot, processor: Processor) -> None:
    report, order = Report(), list[str]()

    def stroke(request: str) -> str:
        order.extend([*report.taken, request])
        return request

    reports, strokes = Lane(processor, Rank.REPORT, report), Lane(processor, Rank.STROKE, stroke)
    told, heard = listened(reports), listened(strokes)
    reports.submit("report")
    qtbot.waitUntil(lambda: report.taken == ["report"])
    strokes.submit("stroke")
    report.steps.release()
    qtbot.waitUntil(lambda: heard.heard == [("done", "stroke")])
    assert order == ["report", "stroke"], "it waited for the step in hand and no other"
    report.steps.release(4)
    qtbot.waitUntil(lambda: told.heard == [("done", "report is done")])
    assert report.taken == ["report"] * 5
    assert told.threads == heard.threads == {threading.main_thread()}


def test_a_report_on_something_else_takes_the_place_of_the_one_in_hand(qtbot: QtBot, processor: Processor) -> None:
    report = Report()
    lane = Lane(processor, Rank.REPORT, report)
    ear = listened(lane)
    lane.submit("old")
    qtbot.waitUntil(lambda: report.taken == ["old"])
    lane.submit("new")
    report.steps.release(6)
    qtbot.waitUntil(lambda: ear.heard == [("done", "new is done")])
    assert report.taken == ["old", *["new"] * 5]
    assert len(report.given_up) == 1
    assert report.given_up[0] is not threading.main_thread(), "where it worked it is cleared away"


def test_a_result_that_is_on_its_way_is_not_told_when_something_else_was_asked_for(
    qtbot: QtBot, processor: Processor
) -> None:
    done = threading.Event()

    def work(request: str) -> str:
        if request == "after":
            done.set()
        return request

    lane, after = Lane(processor, Rank.REPORT, work), Lane(processor, Rank.STUDY, work)
    ear = listened(lane)
    lane.submit("old")
    after.submit("after")
    assert done.wait(30)  # so the result of "old" waits for this thread
    lane.submit("new")
    qtbot.waitUntil(lambda: bool(ear.heard))
    assert ear.heard == [("done", "new")]
    done.clear()
    lane.submit("unwanted")
    after.submit("after")
    assert done.wait(30)
    lane.drop()
    with qtbot.waitSignal(after.done):
        after.submit("last")
    assert ear.heard == [("done", "new")]


def test_a_step_that_fails_is_told_and_the_rest_goes_on(qtbot: QtBot, processor: Processor) -> None:
    def work(request: int) -> Generator[None, None, float]:
        yield
        return 1 / request

    lane = Lane(processor, Rank.REPORT, work)
    ear = listened(lane)
    lane.submit(0)
    qtbot.waitUntil(lambda: len(ear.heard) == 1)
    lane.submit(2)
    qtbot.waitUntil(lambda: len(ear.heard) == 2)
    (what, error), second = ear.heard
    assert what == "failed"
    assert "ZeroDivisionError" in str(message_of(error))
    assert second == ("done", 0.5)


def test_closing_gives_up_what_is_half_done_and_tells_nothing(qtbot: QtBot, processor: Processor) -> None:
    report, worked = Report(), list[str]()
    lane, other = Lane(processor, Rank.REPORT, report), Lane(processor, Rank.STUDY, worked.append)
    ear = listened(lane)
    lane.submit("report")
    other.submit("never")
    qtbot.waitUntil(lambda: report.taken == ["report"])

    def let_go_once_it_closes() -> None:  # before, another step could begin
        while not processor.is_closed:
            threading.Event().wait(0.001)
        report.steps.release()

    letting_go = threading.Thread(target=let_go_once_it_closes)
    letting_go.start()
    processor.close()
    letting_go.join()
    lane.submit("after the end")
    qtbot.wait(1)
    assert processor.isFinished()
    assert len(report.given_up) == 1
    assert not ear.heard
    assert not worked


def test_a_lane_that_is_gone_takes_nobody_along(qtbot: QtBot, processor: Processor) -> None:
    """Whoever asked may be closed while its work is in hand; the others share the thread and wait for theirs."""
    began, go_on = threading.Event(), threading.Event()

    def work(request: str) -> str:
        began.set()
        assert go_on.wait(30)
        return request

    lane, other = Lane(processor, Rank.STROKE, work), Lane(processor, Rank.REPORT, str)
    ear = listened(other)
    lane.submit("nobody's")
    assert began.wait(30)
    other.submit("wanted")
    shiboken6.delete(lane)
    go_on.set()
    qtbot.waitUntil(lambda: ear.heard == [("done", "wanted")])
    assert processor.isRunning()


@pytest.mark.usefixtures("three_threads")
def test_every_lane_computes_with_one_thread_of_torch_and_leaves_the_others_theirs(
    qtbot: QtBot, processor: Processor
) -> None:
    def count(_request: str) -> Generator[None, None, list[int]]:
        first = torch.get_num_threads()
        yield
        return [first, torch.get_num_threads()]

    lanes = [Lane(processor, rank, count) for rank in Rank]
    ears = [listened(lane) for lane in lanes]
    for lane in reversed(lanes):
        lane.submit("count")
    qtbot.waitUntil(lambda: all(ear.heard for ear in ears))
    assert [ear.heard for ear in ears] == [[("done", [1, 1])]] * len(Rank)
    assert torch.get_num_threads() == 3
