"""Whose turn it is: by rank, the latest of its kind, and at the next step of what is in hand."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.gui.workers.turns import Job, Rank, Turns


class Bench:
    """One thread's worth of work, step by step; ``done`` has a letter for each step that was taken."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.done: list[str] = []
        self.given_up: list[str] = []
        self.ended: list[str] = []

    def ask(self, name: str, rank: Rank, steps: int = 1, finishes: bool = False, kind: str = "") -> Job:
        """A job that takes so many steps; its kind is its name unless told."""
        job = Job(kind or name, name, rank, self._work(name, steps), finishes=finishes)
        self.turns.add(job)
        return job

    def step(self) -> bool:
        """One turn; whether there was something to do."""
        job = self.turns.next()
        if job is None:
            return False
        if job.is_dropped:
            job.steps.close()
            return True
        try:
            next(job.steps)
        except StopIteration as end:
            self.turns.finish(job)
            self.ended.append(end.value)
        return True

    def through(self) -> str:
        """Everything that is left."""
        while self.step():
            pass
        return "".join(self.done)

    def _work(self, name: str, steps: int) -> Generator[None, None, str]:
        try:
            for number in range(steps):
                self.done.append(name)
                if number < steps - 1:
                    yield
        except GeneratorExit:
            self.given_up.append(name)
            raise
        return name


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_waits_is_done_by_rank(bench: Bench) -> None:
    for rank in reversed(Rank):
        bench.ask(str(int(rank)), rank)
    assert bench.through() == "012345"


@pytest.mark.parametrize("rank", list(Rank)[:-1])
def test_what_is_more_urgent_waits_for_one_step_and_what_it_interrupts_goes_on(bench: Bench, rank: Rank) -> None:
    bench.ask("s", Rank.STUDY, steps=100)
    for _step in range(10):
        bench.step()
    bench.ask("u", rank, steps=3)
    assert bench.through() == "s" * 10 + "uuu" + "s" * 90
    assert bench.ended == ["u", "s"]
    assert bench.given_up == []


def test_interruptions_go_as_deep_as_there_are_ranks(bench: Bench) -> None:
    for rank in reversed(Rank):
        bench.ask(str(int(rank)), rank, steps=2)
        bench.step()
    assert bench.through() == "543210" + "012345"


def test_what_is_as_urgent_waits_for_what_has_begun(bench: Bench) -> None:
    bench.ask("a", Rank.REPORT, steps=3)
    bench.step()
    bench.ask("b", Rank.REPORT, steps=2)
    assert bench.through() == "aaabb"


def test_of_a_kind_the_latest_is_done(bench: Bench) -> None:
    jobs = [bench.ask(name, Rank.REPORT, kind="k") for name in "abc"]
    assert bench.through() == "c"
    assert [job.is_dropped for job in jobs] == [True, True, False]


def test_a_newer_request_drops_the_one_in_hand_and_its_steps_are_closed(bench: Bench) -> None:
    bench.ask("a", Rank.REPORT, steps=5, kind="k")
    bench.step()
    bench.ask("b", Rank.REPORT, steps=2, kind="k")
    assert bench.through() == "abb"
    assert bench.given_up == ["a"]
    assert bench.ended == ["b"]


def test_a_job_that_finishes_is_seen_before_the_latest_one(bench: Bench) -> None:
    bench.ask("a", Rank.STROKE, steps=3, finishes=True, kind="k")
    bench.step()
    for name in "bcd":
        bench.ask(name, Rank.STROKE, steps=3, finishes=True, kind="k")
    assert bench.through() == "aaaddd"
    assert bench.ended == ["a", "d"]


def test_a_job_that_finishes_is_dropped_for_a_more_urgent_one_of_its_kind(bench: Bench) -> None:
    bench.ask("a", Rank.LIVE, steps=3, finishes=True, kind="k")
    bench.step()
    bench.ask("b", Rank.STROKE, steps=2, finishes=True, kind="k")
    assert bench.through() == "abb"
    assert bench.given_up == ["a"]


def test_a_replaced_request_leaves_its_urgency_to_the_one_that_takes_its_place(bench: Bench) -> None:
    bench.ask("stroke", Rank.STROKE, kind="k")
    live = bench.ask("l", Rank.LIVE, kind="k")
    bench.ask("p", Rank.STROKE, kind="other")
    assert live.rank is Rank.STROKE
    assert bench.through() in ("lp", "pl")


def test_what_is_dropped_is_closed_once_and_not_done(bench: Bench) -> None:
    bench.ask("a", Rank.REPORT, steps=5, kind="k")
    bench.ask("b", Rank.LIVE)
    bench.step()
    bench.step()
    bench.turns.drop("k")
    bench.turns.drop("never asked for")
    assert bench.through() == "ba"
    assert bench.given_up == ["a"]
    bench.ask("c", Rank.REPORT, kind="k")
    assert bench.through() == "bac"


ORDERS = st.tuples(
    st.just("ask"), st.sampled_from("abcd"), st.sampled_from(list(Rank)), st.integers(1, 4), st.booleans()
)
MOVES = st.one_of(ORDERS, st.tuples(st.just("step")), st.tuples(st.just("drop"), st.sampled_from("abcd")))


@given(st.lists(MOVES, max_size=40))
def test_every_job_ends_once_or_was_dropped_and_nothing_less_urgent_comes_first(moves: list[tuple[Any, ...]]) -> None:
    bench, jobs = Bench(), list[Job]()
    kinds_of_finishing: dict[str, bool] = {}
    for move in moves:
        if move[0] == "ask":
            _ask, kind, rank, steps, finishes = move
            finishes = kinds_of_finishing.setdefault(kind, finishes)
            jobs.append(bench.ask(f"{kind}{len(jobs)}", rank, steps, finishes, kind))
        elif move[0] == "drop":
            bench.turns.drop(move[1])
        else:
            open_ = [job for job in jobs if not job.is_dropped and job.request not in bench.ended]
            before = len(bench.done)
            while len(bench.done) == before and bench.step():  # the steps of what was dropped are closed first
                pass
            if open_:
                taken = next(job for job in jobs if job.request == bench.done[-1])
                begun = {job.kind for job in open_ if job.request in bench.done[:-1]}
                free = [job for job in open_ if job.kind not in begun or job.request in bench.done[:-1]]
                assert taken.rank == min(job.rank for job in free)
    bench.through()
    kept = [job.request for job in jobs if not job.is_dropped]
    assert sorted(bench.ended) == sorted(kept)
    assert len({job.kind for job in jobs}) <= len(kept) + sum(move[0] == "drop" for move in moves)
    half_done = {job.request for job in jobs if job.is_dropped and job.request in bench.done}
    assert sorted(bench.given_up) == sorted(half_done)
