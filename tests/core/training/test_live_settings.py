"""What a run that goes on can be told to go by."""

from __future__ import annotations

from dataclasses import fields

import pytest

from cnnlab.core.params import ParamError
from cnnlab.core.runs.events import Change
from cnnlab.core.training.settings import LIVE_PARAMS


def test_every_field_of_a_change_is_a_setting() -> None:
    assert [field.name for field in fields(Change)] == list(LIVE_PARAMS)


@pytest.mark.parametrize(
    ("name", "value"), [("learning_rate", 0.0), ("learning_rate", 101.0), ("weight_decay", -0.1), ("dropout", 1.5)]
)
def test_a_value_that_a_setting_cannot_have_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParamError):
        Change(**{name: value})
