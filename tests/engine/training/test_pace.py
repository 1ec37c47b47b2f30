from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.engine.training import pace
from cnnlab.engine.training.pace import Rate, Stopwatch, ThreadTrial


@pytest.fixture(autouse=True)
def _threads_restored() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class Clock:
    """A clock that goes when it is told."""

    now = 100.0

    def perf_counter(self) -> float:
        return self.now


def test_a_stopwatch_counts_only_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    watch = Stopwatch()
    clock.now += 5
    assert watch.seconds == 0
    watch.start()
    clock.now += 2
    assert watch.seconds == 2
    watch.stop()
    clock.now += 100
    watch.stop()
    assert watch.seconds == 2
    watch.start()
    clock.now += 1
    assert watch.seconds == 3


@given(st.lists(st.tuples(st.integers(1, 300), st.integers(1, 64)), min_size=1, max_size=60))
def test_the_rate_is_that_of_the_fewest_last_batches_that_fill_a_second(batches: list[tuple[int, int]]) -> None:
    # Durations in 128ths of a second add up exactly.
    rate = Rate()
    for seconds, images in batches:
        got = rate.after(seconds / 128, images)
    last: list[tuple[int, int]] = []
    for batch in reversed(batches):
        last.append(batch)
        if sum(seconds for seconds, _ in last) >= 128:
            break
    expected = Fraction(sum(images for _, images in last) * 128, sum(seconds for seconds, _ in last))
    assert got == pytest.approx(float(expected))


@pytest.mark.parametrize("quick", [1, 2, 3])
def test_the_trial_keeps_the_quickest_count_whatever_the_first_batches_of_each_take(quick: int) -> None:
    trial = ThreadTrial((3, 2, 1))
    used, chosen = [], None
    while chosen is None:
        count = torch.get_num_threads()
        used.append(count)
        warming = used.count(count) <= ThreadTrial.WARM_UP
        images = 64 if len(used) % 2 else 10  # a short batch takes less, and is not quicker for that
        chosen = trial.after((10.0 if warming else 0.5 if count == quick else 1.0) * images, images)
    assert chosen == torch.get_num_threads() == quick
    assert used == [count for count in (3, 2, 1) for _ in range(ThreadTrial.WARM_UP + ThreadTrial.TIMED)]
