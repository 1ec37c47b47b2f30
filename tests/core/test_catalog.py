"""Every entry of the catalogue against torch's own signature, and against what the window needs of it."""

from __future__ import annotations

import importlib
import inspect
import itertools
import json
import re
from typing import Any

import pytest
import qtawesome

from cnnlab.core import catalog
from cnnlab.core.catalog import LAYERS
from cnnlab.core.catalog.spec import Family, LayerSpec, Params
from cnnlab.core.graph import paths
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Node
from cnnlab.core.graph.shapes import Shape
from cnnlab.core.params import Choice, Flag, Numbers, Pair, Real, Whole

EACH = pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.key)
MADE = pytest.mark.parametrize("spec", [spec for spec in LAYERS if spec.make], ids=lambda spec: spec.key)

CHOSEN_BY_US = {
    ("conv2d", "out_channels"),
    ("conv2d", "kernel_size"),
    ("convtranspose2d", "out_channels"),
    ("convtranspose2d", "kernel_size"),
    ("linear", "out_features"),
    ("linear_last", "out_features"),
    ("maxpool2d", "kernel_size"),
    ("avgpool2d", "kernel_size"),
    ("adaptiveavgpool2d", "output_size"),
    ("adaptivemaxpool2d", "output_size"),
    ("groupnorm", "num_groups"),
    ("localresponsenorm", "size"),
    ("stochasticdepth", "p"),
    ("stochasticdepth", "mode"),
}
"""Parameters that torch demands, so that a new card needs a default of ours."""
OTHER_THAN_TORCH = {
    ("maxpool2d", "stride"): None,
    ("avgpool2d", "stride"): None,
    ("upsample", "scale_factor"): None,
    ("upsample", "align_corners"): None,
}
"""Defaults of torch that are deliberately not ours: no stride means "as wide as the kernel" there; here it is a number. No
factor would want a size instead, which is not there; no alignment means none."""
OWN_NAMES = {
    ("prelu", "per"),
    ("layernorm", "over"),
    *(
        (key, side)
        for key in ("zeropad2d", "reflectionpad2d", "replicationpad2d")
        for side in ("left", "right", "top", "bottom")
    ),
}
"""Settings that torch does not have by that name; ``as_arguments`` makes torch's own of them."""
MADE_OF_OWN = {
    "prelu": {"num_parameters"}, "layernorm": {"normalized_shape"}, "zeropad2d": {"padding"}, "reflectionpad2d": {"padding"},
    "replicationpad2d": {"padding"},
}  # fmt: skip
"""The arguments of torch that they become."""
LEFT_OUT = {
    "device", "dtype", "inplace", "return_indices", "divisor_override", "start_dim", "end_dim", "size",
    "recompute_scale_factor",
}  # fmt: skip
"""Arguments of torch that no card offers. ``inplace`` never will: a recording needs each output."""
LEFT_OUT_HERE = {
    "batchnorm2d": {"track_running_stats"}, "batchnorm1d": {"track_running_stats"}, "convtranspose2d": {"padding_mode"},
    "layernorm": {"bias"}, "layernorm2d": {"bias"},
}  # fmt: skip
"""The same for one type only: a transposed convolution has no padding mode but zeros."""
SIZES = (((6, 9, 8),), ((12,),))
"""Maps and a list of values that every entry can read with its defaults."""


def signature(spec: LayerSpec) -> dict[str, inspect.Parameter]:
    place, name = spec.make.rsplit(".", 1)
    taken = inspect.signature(getattr(importlib.import_module(place), name)).parameters
    return {name: parameter for name, parameter in taken.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD}


def readable(spec: LayerSpec) -> list[tuple[Shape, ...]]:
    """Sizes that ``spec`` reads, as many as it has inputs."""
    return [sizes * spec.inputs[0] for sizes in SIZES if len(sizes[0]) in spec.accepts]


@MADE
def test_parameters_are_torchs_arguments_with_torchs_defaults(spec: LayerSpec) -> None:
    torchs = signature(spec)
    for param in spec.params:
        if (spec.key, param.name) in OWN_NAMES:
            assert param.name not in torchs
            continue
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
    ours = {param.name for param in spec.params if (spec.key, param.name) not in OWN_NAMES} | set(spec.from_input)
    ours |= MADE_OF_OWN.get(spec.key, set())
    assert ours <= set(torchs)
    assert set(torchs) - ours <= LEFT_OUT | LEFT_OUT_HERE.get(spec.key, set())
    assert not {param.name for param in spec.params} & set(spec.from_input)
    for sizes in readable(spec):
        assert set(spec.arguments(spec.defaults(), sizes)) <= ours


def test_no_exception_is_listed_in_vain() -> None:
    real = {(spec.key, param.name) for spec in LAYERS for param in spec.params}
    assert real >= CHOSEN_BY_US | set(OTHER_THAN_TORCH) | OWN_NAMES
    for key, names in {**LEFT_OUT_HERE, **MADE_OF_OWN}.items():
        assert names <= set(signature(catalog.BY_KEY[key]))


@EACH
def test_it_is_made_in_exactly_one_way(spec: LayerSpec) -> None:
    assert bool(spec.make) + bool(spec.expr) == (0 if spec.key in ("input", "output") else 1)
    assert 0 <= spec.inputs[0] <= spec.inputs[1]
    assert not spec.weight or "{weight}" in spec.expr
    assert not spec.is_join or spec.expr


@EACH
def test_a_form_takes_settings_and_gives_them_back(spec: LayerSpec) -> None:
    """Through a file too, where a pair is a list."""
    for params in settings_of(spec):
        assert spec.normal(json.loads(json.dumps(dict(params)))) == params


def test_every_icon_can_be_drawn(qapp: object) -> None:
    for spec in LAYERS:
        assert not qtawesome.icon(spec.icon).pixmap(16, 16).isNull(), spec.key


def settings_of(spec: LayerSpec) -> list[Params]:
    """The defaults, and for each setting the defaults with another value of it."""
    chosen = [spec.defaults()]
    for param in spec.params:
        match param:
            case Flag():
                other: Any = not param.default
            case Choice():
                other = param.options[-1]
            case Real():
                other = (param.low + param.default) / 2
            case Numbers():
                other = (0.5, -2.0)
            case Whole() | Pair():
                other = param.high
            case _:
                raise TypeError(param)
        chosen.append(spec.normal({param.name: other}))
        if isinstance(param, Pair):
            chosen += [spec.normal({param.name: word}) for word in param.keywords]
    return chosen


@EACH
def test_it_says_what_it_is(spec: LayerSpec) -> None:
    assert str(spec.title)
    assert re.fullmatch(r"mdi6\.[a-z0-9-]+", spec.icon)
    assert paths.refusal(f"{spec.stem}1", ()) is None
    text = str(spec.description)
    sentences = re.findall(r"[.!?](?:\s|$)", text)
    assert len(sentences) == 2
    assert text.endswith(".")
    for param in spec.params:
        assert str(param.label)
        assert str(param.description).endswith(".")
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
def test_card_lines_never_fail(spec: LayerSpec) -> None:
    summary = spec.summary(spec.defaults())
    assert summary is None or str(summary)
    several: tuple[tuple[Shape, ...], ...] = ((), ((1, 28, 28),), ((5,),), ((2, 1, 1), (2, 1, 1)))
    for inputs in several:
        assert all(str(line) for line in spec.formula(spec.defaults(), inputs)), inputs
        remark = spec.remark(spec.defaults(), inputs)
        assert remark is None or str(remark).endswith("."), inputs


def test_families_stand_together_in_the_palette() -> None:
    families = [spec.family for spec in LAYERS]
    assert [family for family, _specs in itertools.groupby(families)] == list(Family)


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
        ("linear", {"out_features": 1}, "1 output"),
        ("linear_last", {}, "128 outputs"),
        ("convtranspose2d", {"stride": 2, "output_padding": 1}, "32 · 3×3 · pad 0 · stride 2"),
        ("minpool2d", {}, "2×2 · stride 2"),
        ("maxpool2d", {"ceil_mode": True}, "2×2 · stride 2 · rounded up"),
        ("prelu", {"per": "channel"}, "a slope for each channel"),
        ("elu", {}, "α = 1"),
        ("layernorm", {"over": "last axis"}, "over the last axis"),
        ("groupnorm", {"num_groups": 4}, "4 groups"),
        ("localresponsenorm", {}, "over 5 channels"),
        ("stochasticdepth", {}, "p = 0.1"),
        ("zeropad2d", {}, "1 on each side"),
        ("reflectionpad2d", {"left": 0}, "left 0 · right 1 · top 1 · bottom 1"),
        ("upsample", {}, "×2 · nearest"),
        ("channelshuffle", {}, "2 groups"),
        ("unflatten", {"size": (2, 3)}, "to 2×3"),
        ("split", {}, "into 2"),
        ("permute", {}, "C × H × W to H × W × C"),
        ("scale", {"initial": 1e-6}, "starts at 1e-06"),
        ("leakyrelu", {}, "slope 0.01"),
        ("dropout", {}, "p = 0.5"),
        ("input", {}, "1 × 28 × 28 pixels"),
        ("output", {}, "the answer"),
    ],
)
def test_the_line_on_the_card(key: str, params: dict[str, Any], line: str) -> None:
    spec = catalog.BY_KEY[key]
    assert str(spec.summary(spec.normal(params))) == line


def test_nothing_is_known_of_an_empty_network() -> None:
    assert (Facts().trainable, Facts().parameters, Facts().of("conv1").output) == (False, 0, None)
