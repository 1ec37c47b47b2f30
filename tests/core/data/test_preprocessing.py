from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cnnlab.core.data.preprocessing import PREPROCESSING_PARAMS, Preprocessing, disagreement


def test_it_is_a_value() -> None:
    assert Preprocessing() == Preprocessing((0.1307,), (0.3081,), "pad")
    assert len({Preprocessing(), Preprocessing(), Preprocessing(fit="resize")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Preprocessing().fit = "resize"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"mean": ()}, "one value for each channel"),
        ({"mean": (), "std": ()}, "one value for each channel"),
        ({"mean": (0.5, 0.5, 0.5)}, "one value for each channel"),
        ({"mean": (float("nan"),)}, "finite"),
        ({"std": (float("inf"),)}, "finite"),
        ({"std": (0.0,)}, "above 0"),
        ({"mean": (0.5,) * 3, "std": (0.2, -0.2, 0.2)}, "above 0"),
        ({"fit": "stretch"}, "pad, resize"),
    ],
)
def test_values_that_cannot_normalise_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Preprocessing(**values)


def test_every_field_is_a_setting_with_the_same_default() -> None:
    assert {param.name: param.normal(param.default) for param in PREPROCESSING_PARAMS} == vars(Preprocessing())


@pytest.mark.parametrize(
    ("mean", "std", "channels", "fits"),
    [
        (1, 1, 3, True),
        (3, 1, 3, True),
        (3, 3, 3, True),
        (3, 3, 1, False),
        (2, 1, 3, False),
        (2, 3, 3, False),
        (1, 1, 1, True),
    ],
)
def test_there_is_one_number_for_all_channels_or_one_for_each(mean: int, std: int, channels: int, fits: bool) -> None:
    assert (disagreement((0.5,) * mean, (0.5,) * std, channels) is None) is fits
