"""The groups of the training settings, which of them have an effect, and the words of their options."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import pytest

from cnnlab.core.params import Choice, params
from cnnlab.core.training.learning import LEARNING_PARAMS
from cnnlab.core.training.settings import GROUPS, TRAINING_PARAMS, TrainingSettings, matters, unusual


def test_every_setting_is_in_one_group() -> None:
    names = [param.name for group in GROUPS for param in params(group)]
    assert sorted(names) == sorted(field.name for field in fields(TrainingSettings))


@pytest.mark.parametrize(
    ("values", "some", "none"),
    [
        ({"optimiser": "adam"}, {"beta1", "beta2"}, {"momentum", "nesterov"}),
        ({"optimiser": "sgd"}, {"momentum", "nesterov"}, {"beta1", "beta2"}),
        ({"optimiser": "sgd", "momentum": 0.0}, {"momentum"}, {"nesterov"}),
        ({"optimiser": "rmsprop"}, {"momentum", "beta2"}, {"beta1", "nesterov"}),
        ({"optimiser": "adagrad"}, set(), {"momentum", "beta1", "beta2"}),
        ({"loss": "huber"}, {"huber_delta"}, {"label_smoothing", "class_weights"}),
        ({"loss": "cross_entropy"}, {"label_smoothing", "class_weights"}, {"huber_delta"}),
        ({"schedule": "step"}, {"step_every", "step_factor", "warm_up"}, {"plateau_patience", "one_cycle_up"}),
        ({"schedule": "plateau"}, {"plateau_patience", "step_factor"}, {"step_every"}),
        ({"schedule": "one_cycle"}, {"one_cycle_up"}, {"warm_up", "step_factor"}),
        ({"weight_decay": 0.1}, {"decay_all"}, set()),
        ({"l1": 0.1}, {"decay_all"}, set()),
        ({"weight_decay": 0.0}, {"weight_decay"}, {"decay_all"}),
        ({"pictures": "memory"}, set(), {"workers"}),
    ],
)
def test_only_settings_with_an_effect_matter(values: dict[str, Any], some: set[str], none: set[str]) -> None:
    found = matters(TrainingSettings(**values))
    assert some <= found
    assert not none & found


@pytest.mark.parametrize("name", [param.name for param in TRAINING_PARAMS if isinstance(param, Choice)])
def test_a_choice_that_others_depend_on_matters_itself(name: str) -> None:
    param = next(param for param in TRAINING_PARAMS if param.name == name)
    assert isinstance(param, Choice)
    usual = asdict(TrainingSettings())
    for option in param.options:
        found = matters(TrainingSettings(**{**usual, name: option}))
        assert name in found or name == "class_weights"


def test_every_option_has_a_title_of_its_own() -> None:
    for param in (*TRAINING_PARAMS, *LEARNING_PARAMS):
        if isinstance(param, Choice):
            titles = [param.show(option) for option in param.options]
            assert set(param.named) == set(param.options)
            assert len(set(titles)) == len(titles)


def test_what_is_not_as_usual_is_told_if_it_has_an_effect() -> None:
    assert unusual(TrainingSettings()) == ()
    settings = TrainingSettings(optimiser="sgd", nesterov=True, beta1=0.5, learning_rate=0.1, max_steps=1281)
    told = [(str(label), value) for label, value in unusual(settings)]
    assert told == [("Learning rate", "0.1"), ("Optimiser", "SGD"), ("Nesterov", "on"), ("Max steps", "1,281")]
