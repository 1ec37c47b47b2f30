"""Every entry of the catalogue against torch's own signature, and against what the window needs of it."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

import pytest

from cnnlab.core import catalog, paths
from cnnlab.core.catalog import LAYERS
from cnnlab.core.facts import Facts
from cnnlab.core.graph import Node
from cnnlab.core.spec import LayerSpec

EACH = pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.key)
MADE = pytest.mark.parametrize("spec", [spec for spec in LAYERS if spec.make], ids=lambda spec: spec.key)

CHOSEN_BY_US = {
    ("conv2d", "out_channels"),
    ("conv2d", "kernel_size"),
    ("linear", "out_features"),
    ("maxpool2d", "kernel_size"),
    ("avgpool2d", "kernel_size"),
    ("adaptiveavgpool2d", "output_size"),
}
"""Parameters that torch demands, so that a new card needs a default of ours."""
OTHER_THAN_TORCH = {
    ("maxpool2d", "stride"): None,
    ("avgpool2d", "stride"): None,
}
"""Defaults of torch that are deliberately not ours: no stride means "as wide as the kernel" there; here it is a number."""
LEFT_OUT = {
    "device", "dtype", "inplace", "return_indices", "ceil_mode", "divisor_override", "track_running_stats", "start_dim",
    "end_dim",
}  # fmt: skip
"""Arguments of torch that no card offers. ``inplace`` never will: a recording needs each output."""


def signature(spec: LayerSpec) -> dict[str, inspect.Parameter]:
    place, name = spec.make.rsplit(".", 1)
    taken = inspect.signature(getattr(importlib.import_module(place), name)).parameters
    return {name: parameter for name, parameter in taken.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD}


@MADE
def test_parameters_are_torchs_arguments_with_torchs_defaults(spec: LayerSpec) -> None:
    torchs = signature(spec)
    for param in spec.params:
        theirs = torchs[param.name].default
        if theirs is inspect.Parameter.empty:
            assert (spec.key, param.name) in CHOSEN_BY_US
        elif (spec.key, param.name) in OTHER_THAN_TORCH:
            assert theirs is OTHER_THAN_TORCH[spec.key, param.name]
        else:
            assert param.normal(theirs) == param.normal(param.default)


@MADE
def test_every_argument_of_torch_is_a_setting_comes_from_the_wire_or_is_left_out_on_purpose(spec: LayerSpec) -> None:
    torchs = signature(spec)
    ours = {param.name for param in spec.params} | set(spec.from_input)
    assert ours <= set(torchs)
    assert set(torchs) - ours <= LEFT_OUT
    assert not {param.name for param in spec.params} & set(spec.from_input)


def test_no_exception_is_listed_in_vain() -> None:
    real = {(spec.key, param.name) for spec in LAYERS for param in spec.params}
    assert real >= CHOSEN_BY_US | set(OTHER_THAN_TORCH)


@EACH
def test_it_is_made_in_exactly_one_way(spec: LayerSpec) -> None:
    assert bool(spec.make) + bool(spec.expr) == (0 if spec.key in ("input", "output") else 1)
    assert spec.is_join == bool(spec.expr)
    assert 0 <= spec.inputs[0] <= spec.inputs[1]


@EACH
def test_it_says_what_it_is(spec: LayerSpec) -> None:
    assert str(spec.title)
    assert re.fullmatch(r"mdi6\.[a-z0-9-]+", spec.icon)
    assert paths.refusal(f"{spec.stem}1", ()) is None
    words = str(spec.words)
    sentences = re.findall(r"[.!?](?:\s|$)", words)
    assert 1 <= len(sentences) <= 2
    assert words.endswith(".")
    for param in spec.params:
        assert str(param.label)
        assert str(param.words).endswith(".")
        assert not str(param.label).endswith(".")


@EACH
def test_defaults_are_normal_and_normal_values_stay_as_they_are(spec: LayerSpec) -> None:
    defaults = spec.defaults()
    assert spec.normal({}) == defaults == spec.normal(defaults)
    assert set(defaults) == {param.name for param in spec.params}
    hash(defaults)
    for param in spec.params:
        assert spec.param(param.name) is param
        assert param.show(defaults[param.name])


@EACH
@pytest.mark.parametrize("inputs", [(), ((1, 28, 28),), ((5,),), ((2, 1, 1), (2, 1, 1))], ids=str)
def test_card_lines_never_fail(spec: LayerSpec, inputs: tuple[Any, ...]) -> None:
    summary = spec.summary(spec.defaults())
    assert summary is None or str(summary)
    assert all(isinstance(line, str) for line in spec.formula(spec.defaults(), inputs))


def test_a_setting_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        catalog.BY_KEY["relu"].param("slope")


def test_keys_are_unique_and_a_later_version_is_unknown() -> None:
    assert len(catalog.BY_KEY) == len(LAYERS)
    assert catalog.find(Node("a", "a", "conv2d")) is catalog.BY_KEY["conv2d"]
    assert catalog.find(Node("a", "a", "conv2d", version=2)) is None
    assert catalog.find(Node("a", "a", "from_the_future")) is None


@pytest.mark.parametrize(
    ("key", "params", "line"),
    [
        ("conv2d", {}, "32 · 3×3 · pad 0"),
        ("conv2d", {"padding": "same", "dilation": 2, "groups": 4}, "32 · 3×3 · pad same · dilation 2 · 4 groups"),
        ("conv2d", {"stride": (2, 1)}, "32 · 3×3 · pad 0 · stride 2×1"),
        ("maxpool2d", {}, "2×2 · stride 2"),
        ("avgpool2d", {"padding": 1}, "2×2 · stride 2 · pad 1"),
        ("adaptiveavgpool2d", {}, "to 1×1"),
        ("linear", {}, "128 outputs"),
        ("leakyrelu", {}, "slope 0.01"),
        ("dropout", {}, "p = 0.5"),
        ("input", {}, "1 × 28 × 28 pixels"),
    ],
)
def test_the_line_on_the_card(key: str, params: dict[str, Any], line: str) -> None:
    spec = catalog.BY_KEY[key]
    assert str(spec.summary(spec.normal(params))) == line


def test_nothing_is_known_of_an_empty_network() -> None:
    assert (Facts().trainable, Facts().parameters, Facts().of("conv1").output) == (False, 0, None)
