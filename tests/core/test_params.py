"""A setting takes a value into its normal form or refuses it in words; nothing else ever happens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Numbers, Pair, Param, ParamError, Real, Whole

WHOLE = Whole("n", _("Number"), _("Words."), 1, low=0, high=9)
REAL = Real("r", _("Rate"), _("Words."), 0.5, low=0.0, high=2.0)
ABOVE = Real("r", _("Rate"), _("Words."), 0.5, low=0.0, high=2.0, above_low=True)
FLAG = Flag("f", _("Flag"), _("Words."), True)
CHOICE = Choice("c", _("Choice"), _("Words."), "a", options=("a", "b"))
PAIR = Pair("k", _("Kernel"), _("Words."), 3, low=1, high=9, keywords=("same",))
NUMBERS = Numbers("s", _("Factors"), _("Words."), (1.0,), low=-2.0, high=2.0, maximum=3)

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(0, 9)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["a", "same"])
    | st.binary(max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
)


@pytest.mark.parametrize(
    "param", [WHOLE, REAL, ABOVE, FLAG, CHOICE, PAIR, NUMBERS], ids=lambda param: type(param).__name__
)
@settings(max_examples=50)
@given(value=ANYTHING)
@example(value=10**400)
@example(value=-(10**400))
@example(value=float("nan"))
@example(value=float("inf"))
def test_anything_becomes_normal_or_is_refused_in_words(param: Param, value: Any) -> None:
    normal, refusal = None, ""
    try:
        normal = param.normal(value)
    except ParamError as error:
        refusal = str(error.message)
    if refusal:
        assert refusal.startswith(str(param.label))
    else:
        hash(normal)
        assert param.normal(normal) == normal
        assert param.show(normal)


@pytest.mark.parametrize(
    ("param", "value", "normal"),
    [
        (WHOLE, 0, 0),
        (WHOLE, 9.0, 9),
        (REAL, 2, 2.0),
        (REAL, 0.0, 0.0),
        (FLAG, False, False),
        (CHOICE, "b", "b"),
        (PAIR, 3, (3, 3)),
        (PAIR, [1, 2], (1, 2)),
        (PAIR, "same", "same"),
        (NUMBERS, 1, (1.0,)),
        (NUMBERS, [0.5, 2], (0.5, 2.0)),
        (NUMBERS, "0.5, −2,1e-3", (0.5, -2.0, 0.001)),
    ],
)
def test_normal_forms(param: Param, value: Any, normal: Any) -> None:
    got = param.normal(value)
    assert got == normal
    assert type(got) is type(normal)


@pytest.mark.parametrize(
    ("param", "value", "text"),
    [
        (WHOLE, 10, "Number must be a whole number from 0 to 9."),
        (WHOLE, -1, "Number must be a whole number from 0 to 9."),
        (WHOLE, 1.5, "Number must be a whole number from 0 to 9."),
        (WHOLE, True, "Number must be a whole number from 0 to 9."),
        (REAL, 2.1, "Rate must be a number from 0 to 2."),
        (ABOVE, 0.0, "Rate must be above 0 and at most 2."),
        (FLAG, 1, "Flag must be on or off."),
        (CHOICE, "c", "Choice must be one of: a, b."),
        (PAIR, (1, 2, 3), "Kernel must be one number, or two: height and width."),
        (PAIR, (1, 0), "Kernel must be a whole number from 1 to 9."),
        (PAIR, "valid", "Kernel must be a whole number from 1 to 9."),
        (NUMBERS, (), "Factors must be numbers from -2 to 2, with commas between them."),
        (NUMBERS, (1, 1, 1, 1), "Factors must be numbers from -2 to 2, with commas between them."),
        (NUMBERS, "0.5,,1", "Factors must be numbers from -2 to 2, with commas between them."),
        (NUMBERS, (1, True), "Factors must be numbers from -2 to 2, with commas between them."),
    ],
)
def test_refusals_say_the_range(param: Param, value: Any, text: str) -> None:
    with pytest.raises(ParamError) as caught:
        param.normal(value)
    assert str(caught.value) == text


def test_values_are_shown_as_people_write_them() -> None:
    assert [PAIR.show((3, 5)), PAIR.show("same"), REAL.show(0.001), WHOLE.show(7)] == ["3×5", "same", "0.001", "7"]
    assert NUMBERS.show((0.458, -0.030000000000000027, 1.0)) == "0.458, -0.03, 1"
