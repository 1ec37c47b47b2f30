"""A process gets what it is given, gives its answer, and is gone when it should be."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from cnnlab.engine.system import subprocesses

pytestmark = pytest.mark.process

ECHO = """
import sys
while part := sys.stdin.buffer.read1():
    sys.stdout.buffer.write(part)
sys.exit(4)
"""
WAIT = """
import os, sys, time
print(os.getpid(), flush=True)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
"""


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")  # what has ended stays there until its parent takes note
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_more_than_a_pipe_holds_goes_in_and_comes_out() -> None:
    part = bytes(range(256)) * 4096
    ended = subprocesses.run(["-c", ECHO], given=(memoryview(part) for _ in range(5)))
    assert ended.status == 4
    assert ended.answer == part * 5


def test_a_process_that_takes_nothing_is_no_error() -> None:
    ended = subprocesses.run(["-c", "print(1)"], given=[bytes(2**20)] * 4)
    assert (ended.status, bytes(ended.answer).strip()) == (0, b"1")


def test_a_signal_that_ends_it_is_told() -> None:
    assert subprocesses.run(["-c", "import os; os.abort()"]).status < 0


@pytest.mark.parametrize("why", ["cancelled", "time"])
def test_it_is_killed_and_does_not_stay(why: str, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    began = time.monotonic()
    cancelled: Callable[[], bool] = told.exists if why == "cancelled" else lambda: False
    with pytest.raises(subprocesses.Stopped) as stopped:
        subprocesses.run(["-c", WAIT, str(told)], timeout=3 if why == "time" else None, cancelled=cancelled)
    assert stopped.value.why == why
    assert time.monotonic() - began < 60
    assert not running(int(told.read_text()))
    assert not [thread for thread in threading.enumerate() if "a process" in thread.name]


@pytest.mark.skipif(os.name != "posix", reason="there are no groups of processes")
@pytest.mark.parametrize("ends", [True, False], ids=["ends", "is killed"])
def test_what_it_started_does_not_stay_either(ends: bool, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    start = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAIT!r}, {str(told)!r}])"
    wait = f"import os, time\nwhile not os.path.exists({str(told)!r}): time.sleep(0.01)"
    stay = "" if ends else "time.sleep(600)"
    began = time.monotonic()
    with suppress(subprocesses.Stopped):
        subprocesses.run(["-c", f"{start}\n{wait}\n{stay}"], cancelled=lambda: not ends and told.exists())
    assert time.monotonic() - began < 60
    while running(int(told.read_text())):
        assert time.monotonic() - began < 60
    assert not [thread for thread in threading.enumerate() if "a process" in thread.name]


def test_an_answer_without_end_is_cut_off() -> None:
    with pytest.raises(subprocesses.Stopped) as stopped:
        subprocesses.run(["-c", "while True: print('x' * 1000)"], max_bytes=2**22)
    assert stopped.value.why == "too-large"


def test_nothing_in_the_environment_lets_torch_load_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    ask = "import os; print(*[name for name in os.environ if 'WEIGHTS_ONLY' in name], os.environ['OF_OURS'])"
    assert subprocesses.run(["-c", ask], environment={"OF_OURS": "x"}).answer.decode().split() == ["x"]
