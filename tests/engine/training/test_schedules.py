"""Learning rates against ``torch.optim.lr_scheduler``, step by step."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from other_values import other
from torch.optim import lr_scheduler

from cnnlab.core.params import params
from cnnlab.core.training.schedules import SCHEDULES, ScheduleSettings
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.training.schedules import Schedule

RATE, BATCHES, STEPS = 0.05, 7, 42
Torchs = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def optimiser() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], RATE)


def torchs(make_one: Torchs, steps: int = STEPS) -> list[float]:
    moving = optimiser()
    schedule = make_one(moving)
    rates = [moving.param_groups[0]["lr"]]
    for _step in range(steps - 1):
        moving.step()
        schedule.step()
        rates.append(moving.param_groups[0]["lr"])
    return rates


def ours(steps: int = STEPS, **values: Any) -> Schedule:
    return Schedule(TrainingSettings(learning_rate=RATE, **values), BATCHES, steps)


def rates(schedule: Schedule, steps: int = STEPS) -> list[float]:
    return [schedule.rate(step) for step in range(steps)]


COMPARED: dict[str, tuple[dict[str, Any], Torchs]] = {
    "constant": ({"schedule": "constant"}, lambda o: lr_scheduler.ConstantLR(o, 1.0)),
    "cosine": ({"schedule": "cosine"}, lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS)),
    "linear": ({"schedule": "linear"}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, STEPS)),
    "exponential": (
        {"schedule": "exponential", "epoch_factor": 0.5},
        lambda o: lr_scheduler.ExponentialLR(o, 0.5 ** (1 / BATCHES)),
    ),
    "step": (
        {"schedule": "step", "step_every": 2, "step_factor": 0.3},
        lambda o: lr_scheduler.StepLR(o, 2 * BATCHES, 0.3),
    ),
    "one cycle": (
        {"schedule": "one_cycle", "one_cycle_up": 0.25},
        lambda o: lr_scheduler.OneCycleLR(o, RATE, STEPS, pct_start=0.25, cycle_momentum=False),
    ),
    "one cycle, down only": (
        {"schedule": "one_cycle", "one_cycle_up": 0.0},
        lambda o: lr_scheduler.OneCycleLR(o, RATE, STEPS, pct_start=0.0, cycle_momentum=False),
    ),
    "one cycle, up only": (
        {"schedule": "one_cycle", "one_cycle_up": 1.0},
        lambda o: lr_scheduler.OneCycleLR(o, RATE, STEPS, pct_start=1.0, cycle_momentum=False),
    ),
    "warm-up": (
        {"schedule": "constant", "warm_up": 2.0},
        lambda o: lr_scheduler.LinearLR(o, 1 / (2 * BATCHES + 1), 1.0, 2 * BATCHES),
    ),
    "warm-up, then cosine": (
        {"schedule": "cosine", "warm_up": 0.5},
        lambda o: lr_scheduler.SequentialLR(
            o,
            [lr_scheduler.LinearLR(o, 1 / 5, 1.0, 4), lr_scheduler.CosineAnnealingLR(o, STEPS - 4)],
            milestones=[4],
        ),
    ),
    "warm-up, then steps": (
        {"schedule": "step", "step_every": 1, "warm_up": 1.0},
        lambda o: lr_scheduler.SequentialLR(
            o,
            [lr_scheduler.LinearLR(o, 1 / (BATCHES + 1), 1.0, BATCHES), lr_scheduler.StepLR(o, BATCHES, 0.1)],
            milestones=[BATCHES],
        ),
    ),
}


@pytest.mark.filterwarnings("ignore:The epoch parameter in")  # SequentialLR itself calls in the way that torch warns of
@pytest.mark.parametrize("name", COMPARED)
def test_rates_are_torchs(name: str) -> None:
    values, make_one = COMPARED[name]
    assert rates(ours(**values)) == pytest.approx(torchs(make_one), rel=1e-9, abs=1e-15)


def test_a_plateau_falls_when_torchs_does() -> None:
    losses = [1.0, 0.8, 0.9, 0.85, 0.81, 0.79, None, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6]
    moving = optimiser()
    theirs = lr_scheduler.ReduceLROnPlateau(moving, factor=0.5, patience=2, threshold=0.0, eps=0.0)
    schedule = ours(schedule="plateau", step_factor=0.5, plateau_patience=2)
    seen = set()
    for epoch, loss in enumerate(losses, 1):
        theirs.step(math.nan if loss is None else loss)
        schedule.after_epoch(loss)
        rate = schedule.rate(epoch * BATCHES)
        assert rate == pytest.approx(moving.param_groups[0]["lr"])
        seen.add(rate)
    assert len(seen) == 5


def test_a_plateau_that_begins_without_a_number_counts_from_the_first_one_on() -> None:
    schedule = ours(schedule="plateau", step_factor=0.5, plateau_patience=1)
    for loss in (None, 0.9, 0.8, 0.7, 0.6):
        schedule.after_epoch(loss)
        json.dumps(schedule.state(), allow_nan=False)
    assert schedule.rate(5 * BATCHES) == RATE
    for _epoch in range(2):
        schedule.after_epoch(None)
    assert schedule.rate(7 * BATCHES) == RATE / 2


def test_only_a_plateau_asks_for_losses() -> None:
    for name in (name for name, spec in SCHEDULES.items() if not spec.falls_on_a_plateau):
        schedule = ours(schedule=name)
        for _epoch in range(20):
            schedule.after_epoch(5.0)
        assert rates(schedule) == rates(ours(schedule=name))


def lived_through(**values: Any) -> list[float]:
    """The rates of a run whose validation gets no better after its first epoch."""
    schedule, seen = ours(**values), []
    for step in range(STEPS):
        seen.append(schedule.rate(step))
        if step % BATCHES == BATCHES - 1:
            schedule.after_epoch(1.0)
    return seen


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_settings_that_it_uses_lead_elsewhere_and_no_others(name: str) -> None:
    base = {"schedule": name, "warm_up": 1.0, "step_every": 1, "plateau_patience": 1}
    for param in params(ScheduleSettings):
        if param.name not in ("schedule", "learning_rate"):
            changed = base | {param.name: other(param, base.get(param.name, param.default))}
            assert (lived_through(**changed) == lived_through(**base)) is (param.name not in SCHEDULES[name].uses), (
                param.name
            )
    assert max(lived_through(**base)) <= RATE * (1 + 1e-12)


@pytest.mark.parametrize("name", [name for name, spec in SCHEDULES.items() if not spec.rises])
def test_a_warm_up_leads_in_a_straight_line_to_where_the_curve_begins(name: str) -> None:
    warm = rates(ours(schedule=name, warm_up=2.0))
    first, steps = rates(ours(STEPS - 2 * BATCHES, schedule=name)), 2 * BATCHES
    assert warm[:steps] == pytest.approx([first[0] * (step + 1) / (steps + 1) for step in range(steps)])
    assert warm[steps:] == first[: STEPS - steps]


def test_the_cosine_is_bit_by_bit_the_formula() -> None:
    schedule = ours()
    for step in range(STEPS):
        assert schedule.rate(step) == RATE * (1 + math.cos(math.pi * (step / STEPS))) / 2


def test_one_cycle_over_a_part_of_an_epoch_goes_up_and_down() -> None:
    schedule = Schedule(TrainingSettings(learning_rate=0.01, schedule="one_cycle"), 215, 129)
    along = rates(schedule, 129)
    top = along.index(max(along))
    assert 37 <= top <= 38
    assert max(along) == pytest.approx(0.01, rel=1e-3)
    assert along[: top + 1] == sorted(along[: top + 1])
    assert along[top:] == sorted(along[top:], reverse=True)
    assert along[-1] == pytest.approx(0.01 / 25 / 1e4)


anything = st.fixed_dictionaries(
    {
        "schedule": st.sampled_from(list(SCHEDULES)),
        "warm_up": st.sampled_from([0.0, 0.4, 1.0, 3.0]),
        "one_cycle_up": st.floats(0, 1),
        "step_every": st.integers(1, 3),
        "epoch_factor": st.floats(0.01, 1),
        "plateau_patience": st.integers(0, 2),
    }
)


@given(anything, st.integers(1, 60))
def test_every_schedule_gives_a_rate_within_bounds_for_every_step_and_beyond(
    values: dict[str, Any], steps: int
) -> None:
    schedule = ours(steps, **values)
    assert all(0 <= rate <= RATE * (1 + 1e-12) for rate in rates(schedule, steps + 20))


@given(anything, st.integers(0, STEPS - 1), st.floats(1e-6, 10))
def test_a_rescaled_schedule_begins_at_the_rate_and_keeps_its_proportions(
    values: dict[str, Any], step: int, rate: float
) -> None:
    before, schedule = rates(ours(**values)), ours(**values)
    schedule.rescale(rate, step)
    after = rates(schedule)
    assert after[step] == pytest.approx(rate)
    for old, new in zip(before, after, strict=True):
        assert new == pytest.approx(old * rate / before[step])


def test_where_the_curve_has_come_to_nothing_a_change_counts_for_the_whole_of_it() -> None:
    schedule = ours()
    assert schedule.rate(STEPS) == 0
    schedule.rescale(0.2, STEPS)
    assert schedule.rate(0) == 0.2


actions = st.lists(
    st.one_of(st.tuples(st.just("epoch"), st.floats(0, 3)), st.tuples(st.just("rescale"), st.floats(1e-5, 1))),
    max_size=8,
)


@given(anything, actions, actions)
def test_a_restored_schedule_goes_on_as_the_one_that_was_kept(
    values: dict[str, Any], first: list[tuple[str, float]], later: list[tuple[str, float]]
) -> None:
    def take(schedule: Schedule, taken: list[tuple[str, float]], begin: int) -> list[float]:
        seen = []
        for number, (action, value) in enumerate(taken, begin):
            if action == "epoch":
                schedule.after_epoch(value)
            else:
                schedule.rescale(value, number)
            seen.append(schedule.rate(number + 1))
        return seen

    kept, restored = ours(**values), ours(**values)
    take(kept, first, 0)
    restored.restore(json.loads(json.dumps(kept.state())))
    assert take(restored, later, len(first)) == take(kept, later, len(first))
    assert rates(restored) == rates(kept)
