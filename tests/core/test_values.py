from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen, frozen, thawed

_PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
_JSON = st.recursive(
    _PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
)


@given(st.dictionaries(st.text(max_size=3), st.integers()), st.dictionaries(st.text(max_size=3), st.integers()))
def test_it_behaves_as_a_dict_that_never_changes(first: dict[str, int], second: dict[str, int]) -> None:
    value = Frozen(first)
    before = dict(first)
    both = value | second
    assert dict(both) == first | second
    assert dict(value.without(set(second))) == {key: item for key, item in first.items() if key not in second}
    first["more"] = 1
    assert dict(value) == before
    assert len(value) == len(before)


@given(st.dictionaries(st.text(max_size=3), st.integers(), max_size=5), st.randoms())
def test_equal_contents_are_equal_and_hash_alike_in_any_order(items: dict[str, int], random: Any) -> None:
    pairs = list(items.items())
    random.shuffle(pairs)
    assert Frozen(dict(pairs)) == Frozen(items)
    assert hash(Frozen(dict(pairs))) == hash(Frozen(items))


def test_it_cannot_be_assigned_to() -> None:
    value = Frozen({"a": 1})
    with pytest.raises(TypeError):
        value["a"] = 2
    with pytest.raises(TypeError):
        del value["a"]


def test_what_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Frozen({"a": 1})["b"]


def test_contents_that_do_not_hash_do_not_hash() -> None:
    with pytest.raises(TypeError):
        hash(Frozen({"a": [1]}))


def test_it_can_be_copied_and_pickled() -> None:
    value = Frozen({"a": Frozen({"b": (1, 2)})})
    assert copy.deepcopy(value) == value == pickle.loads(pickle.dumps(value))


@given(_JSON)
def test_frozen_json_thaws_to_the_same_json_and_hashes(value: Any) -> None:
    hash(frozen(value))
    assert thawed(frozen(value)) == value


def test_a_project_can_be_shown_by_a_property_that_fails() -> None:
    assert "learning_rate" in pretty(Project())
