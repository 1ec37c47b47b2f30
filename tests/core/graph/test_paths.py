from __future__ import annotations

import keyword

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnlab.core import catalog
from cnnlab.core.graph import paths

PART = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}(-[a-z0-9_]{1,3})?|[0-9]{1,2}", fullmatch=True)
PATH = st.lists(PART, min_size=1, max_size=3).map(".".join)


def test_no_layer_hides_an_attribute_of_torch() -> None:
    for name in dir(torch.nn.Module()):
        assert paths.refusal(name, ()), name
        assert paths.refusal(f"layer1.{name}.conv", ()), name


def test_no_layer_is_called_as_a_keyword() -> None:
    for name in keyword.kwlist:
        assert name in str(paths.refusal(name, ())), name


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a b",
        "-a",
        "a-",
        "1-a",
        "1a",
        "é",
        "a\n",
        "a/b",
        "__a",
        "٣",
        "a" * 201,
        ".".join(["abc"] * 51),
    ],
)
def test_what_is_no_name_is_refused(path: str) -> None:
    assert paths.refusal(path, ())


@pytest.mark.parametrize(
    "path", ["conv1", "layer1.0.conv2", "0", "features.0", "block1.block1-0", "_conv_stem", "graph", "a" * 200]
)
def test_names_as_torch_networks_have_them_are_allowed(path: str) -> None:
    assert paths.refusal(path, ()) is None


@given(PATH, PATH)
def test_a_name_is_taken_if_one_of_two_would_contain_the_other(path: str, other: str) -> None:
    assume(paths.refusal(path, ()) is None)
    first, second = path.split("."), other.split(".")
    shorter = min(len(first), len(second))
    assert (paths.refusal(path, [other]) is not None) == (first[:shorter] == second[:shorter])


@given(st.sampled_from([spec.stem for spec in catalog.LAYERS]), st.lists(st.integers(1, 5)), st.booleans())
def test_the_first_free_number_is_taken(stem: str, numbers: list[int], as_blocks: bool) -> None:
    taken = {f"{stem}{number}.part" if as_blocks else f"{stem}{number}" for number in numbers}
    free = paths.free(stem, taken)
    expected = next(number for number in range(1, 7) if number not in numbers)
    assert free == f"{stem}{expected}"
    assert paths.refusal(free, taken) is None
