from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from cnnlab.cli.train.signals import heeded

BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """What would have ended the program."""
    numbers: list[int] = []
    before = {number: signal.signal(number, lambda number, _frame: numbers.append(number)) for number in BOTH}
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", BOTH)
def test_the_first_signal_is_a_wish_and_the_second_ends_the_program(number: signal.Signals, ended: list[int]) -> None:
    with heeded() as wishes:
        assert not wishes.stop
        signal.raise_signal(number)
        assert (wishes.stop, wishes.stopped_by, ended) == (True, number, [])
        signal.raise_signal(number)
        assert ended == [number]


def test_a_signal_that_comes_again_at_once_from_a_launcher_is_the_same_wish(ended: list[int]) -> None:
    with heeded(patience=60.0) as wishes:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert (wishes.stopped_by, ended) == (signal.SIGTERM, [])


def test_afterwards_signals_do_what_they_did_before(ended: list[int]) -> None:
    with heeded():
        pass
    signal.raise_signal(signal.SIGTERM)
    assert ended == [signal.SIGTERM]


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no such signal")
def test_a_signal_pauses_and_goes_on() -> None:
    told: list[bool] = []
    with heeded(paused=told.append) as wishes:
        signal.raise_signal(signal.SIGUSR1)
        assert wishes.paused
        signal.raise_signal(signal.SIGUSR1)
        assert not wishes.paused
    assert told == [True, False]
