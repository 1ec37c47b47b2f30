"""What every test starts from, and what none may leave behind."""

from __future__ import annotations

import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")

import gc
import itertools
import multiprocessing.process
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cnnlab.engine.system.threads import keep_to

_DEFERRED_DELETE = 52  # QEvent.Type.DeferredDelete, without importing Qt for tests that do not need it

keep_to(1)
gc.freeze()  # torch alone is half a million objects; no collection and no search below needs to see them

settings.register_profile("cnnlab", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cnnlab")


def pytest_sessionfinish() -> None:
    """What was frozen is seen again, or triton's binding would call it leaked; and what is left of windows goes while Qt still
    lives: Python's last collection comes after it and would destroy widgets without an application."""
    gc.unfreeze()
    if "PySide6.QtWidgets" in sys.modules:
        from PySide6.QtWidgets import QApplication

        for widget in QApplication.topLevelWidgets():
            widget.deleteLater()
        application = QApplication.instance()
        if application is not None:
            application.sendPostedEvents(None, _DEFERRED_DELETE)
            QApplication.clipboard().clear()  # the offscreen clipboard would outlive Python and what it holds
    gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for an application has a window; a soak is slow too, and has an hour."""
    for item in items:
        has_window = "qapp" in getattr(item, "fixturenames", ())
        if has_window:
            item.add_marker("window")
        is_soak = item.get_closest_marker("soak") is not None
        if is_soak:
            item.add_marker("slow")
        seconds = 3600 if is_soak else None
        if has_window or seconds:
            item.add_marker(pytest.mark.timeout(seconds, method="thread" if has_window else "signal"))


_started: list[str] = []
"""What processes the test that runs has started."""


def _note_process(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"):
        _started.append(f"{event}: {arguments[:1]}")


sys.addaudithook(_note_process)
_start = multiprocessing.process.BaseProcess.start


def _noted_start(process: multiprocessing.process.BaseProcess) -> None:
    _started.append(f"multiprocessing: {process.name}")  # one that is spawned is told to no audit hook
    _start(process)


multiprocessing.process.BaseProcess.start = _noted_start  # type: ignore[method-assign, assignment]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """From here on, for what its fixtures start is the test's doing too."""
    _started.clear()


@pytest.fixture(autouse=True)
def _processes_are_marked(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that starts a process and says so by no mark fails, or the quick run would not stay quick."""
    yield
    marks = {mark.name for mark in request.node.iter_markers()}
    assert marks & {"process", "window", "soak"} or not _started, f"to be marked “process”: {_started}"


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A new folder for each test. Not by ``mktemp``, which looks through all that it made before to find a free name."""
    base = tmp_path_factory.mktemp("homes")
    return (base / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _own_folders(_homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and recent files of a test never touch the person's own."""
    home = next(_homes)
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that leaves a window, a running QThread, an active QTimer or a Python thread behind fails."""
    before = set(threading.enumerate())
    if "qapp" not in request.fixturenames:
        yield
    else:
        from PySide6.QtCore import QThread, QTimer
        from PySide6.QtWidgets import QApplication

        gc.collect()
        gc.freeze()  # what is here already is nothing that this test leaves, and looking through it takes longer than the test
        old_widgets = set(QApplication.topLevelWidgets())
        # By type(): isinstance would ask every object in the process for its __class__, and deprecated ones warn at that.
        old = {thing for thing in gc.get_objects() if issubclass(type(thing), (QThread, QTimer))}
        # As in the app: the collector, firing in a worker thread, would destroy widgets there.
        gc.disable()
        yield
        gc.enable()
        application = request.getfixturevalue("qapp")
        application.sendPostedEvents(None, _DEFERRED_DELETE)
        application.processEvents()
        gc.collect()
        widgets = [w for w in QApplication.topLevelWidgets() if w not in old_widgets and w.isVisible()]
        assert not widgets, f"left open: {widgets}"
        running = [
            thing
            for thing in gc.get_objects()
            if (issubclass(type(thing), QThread) and thing not in old and _alive(thing) and thing.isRunning())
            or (issubclass(type(thing), QTimer) and thing not in old and _alive(thing) and thing.isActive())
        ]
        assert not running, f"left running: {running}"
    stray = [t for t in threading.enumerate() if t not in before and not t.daemon]
    assert not stray, f"threads left: {stray}"


def _alive(thing: object) -> bool:
    from shiboken6 import isValid

    return bool(isValid(thing))
