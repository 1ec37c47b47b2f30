from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from commands import Command, tiny

from cnnlab.cli.idle_options import idle, without_validation
from cnnlab.cli.settings import Given
from cnnlab.core.params import Choice, Flag
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.core.training.losses import LOSSES
from cnnlab.core.training.optimisers import OPTIMISERS
from cnnlab.core.training.schedules import SCHEDULES
from cnnlab.core.training.settings import NEEDS, TRAINING_PARAMS, TrainingSettings, matters
from cnnlab.core.values import Frozen
from cnnlab.engine.archive import save


def told(streamed: bool = False, source: str = "mnist", **groups: dict[str, Any]) -> list[str]:
    given = Given(**{name: Frozen(values) for name, values in groups.items()})
    return idle(given, given.on(Project(data=DataSettings(source=source))), streamed)


def test_every_setting_that_can_be_without_effect_has_its_reason() -> None:
    settings = [
        TrainingSettings(loss=loss, optimiser=optimiser, schedule=schedule, pictures=pictures)
        for loss in LOSSES
        for optimiser in OPTIMISERS
        for schedule in SCHEDULES
        for pictures in ("memory", "stream")
    ]
    sometimes = {param.name for param in TRAINING_PARAMS} - frozenset.intersection(
        *(matters(each) for each in settings)
    )
    assert sometimes == set(NEEDS)


def test_an_option_is_told_exactly_where_its_setting_has_no_effect() -> None:
    for loss, optimiser, param in itertools.product(LOSSES, OPTIMISERS, TRAINING_PARAMS):
        if isinstance(param, (Choice, Flag)) or param.name == "workers" or param.default == 0:
            continue
        settings = {"loss": loss, "optimiser": optimiser, param.name: param.default}
        said = told(training=settings)
        assert bool(said) == (param.name not in matters(TrainingSettings(**settings))), (settings, said)
        begin = f"--{param.name.replace('_', '-')} has no effect: "
        assert all(line.startswith(begin) for line in said), (settings, said)


def test_the_reason_is_named() -> None:
    assert told(training={"optimiser": "sgd", "momentum": 0.0, "nesterov": True}) == [
        "--nesterov has no effect: it needs --optimiser sgd and a --momentum above 0."
    ]
    assert told(training={"step_every": 5}) == ["--step-every has no effect: only --schedule step uses it."]
    assert told(augmentation={"rgb_shift": 0.1}) == ["--rgb-shift has no effect: the pictures are grey."]
    assert told(augmentation={"rgb_shift": 0.1}, source="cifar10") == []
    assert "A folder of pictures needs --source too" in told(data={"folder": "pictures"})[0]
    assert "has test pictures of its own" in told(data={"test": 100})[0]
    assert told(data={"folder": "pictures", "test": 100}, source="folder") == []


def test_what_goes_by_the_training_loss_without_validation_is_told() -> None:
    judging = {"early_stopping": 2, "schedule": "plateau"}

    def said(**groups: dict[str, Any]) -> list[str]:
        given = Given(**{name: Frozen(values) for name, values in groups.items()})
        return list(without_validation(given, given.on(Project(data=DataSettings(source="mnist")))))

    lines = said(training=judging, data={"validation": 0})
    assert [line.split(" uses the training loss")[0] for line in lines] == ["--early-stopping", "--schedule"]
    assert said(training=judging) == said(data={"validation": 0}) == []


def test_a_size_that_is_the_networks_already_is_told() -> None:
    assert "--fit has no effect" in told(preparation={"fit": "crop"}, source="folder")[0]


def test_workers_have_an_effect_where_pictures_are_streamed() -> None:
    assert told(training={"workers": 2}, streamed=True) == []
    assert told(training={"workers": 2})[0].startswith("--workers has no effect: the pictures are held in memory")


def test_what_asks_for_nothing_is_not_told() -> None:
    assert told(training={"nesterov": False, "workers": 0, "class_weights": "none", "loss": "mse"}) == []


def test_training_goes_on_with_a_line_for_each(here: Path, command: Command) -> None:
    save(tiny(max_steps=2), here / "tiny.cnnlab")
    done = command("train", "tiny.cnnlab", "--nesterov", "--workers", 2, "--huber-delta", 2)
    assert done.code == 0
    lines = [line.split(" has no effect: ")[0] for line in done.err.splitlines() if "has no effect" in line]
    assert lines == ["--huber-delta", "--nesterov", "--workers"]
    assert done.out.startswith("test accuracy")
