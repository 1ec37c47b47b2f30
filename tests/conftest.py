"""What every test starts from, and what none may leave behind."""

from __future__ import annotations

import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")

import gc
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from cnnlab.engine.threads import keep_to

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


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and recent files of a test never touch the person's own."""
    home = tmp_path_factory.mktemp("home")
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
