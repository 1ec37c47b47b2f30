from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from cnnlab.core.preprocessing import Preprocessing


def test_it_is_a_value() -> None:
    assert Preprocessing() == Preprocessing((0.1307,), (0.3081,), "pad")
    assert len({Preprocessing(), Preprocessing(), Preprocessing(fit="resize")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Preprocessing().fit = "resize"  # type: ignore[misc]


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
