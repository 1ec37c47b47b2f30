"""Every entry of the catalogue, exported: with its defaults, and with another value of each of its settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from exported import check_lines, pictures, ruff, twins
from small_networks import Layer
from small_networks import project as made

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.graph.shapes import MAPS
from cnnlab.core.params import Choice, Flag, Numbers, Pair, Param, Real, Whole
from cnnlab.core.project.project import Project
from cnnlab.engine.codegen import export_code
from cnnlab.engine.network import shapes

LAYERS = [spec for spec in catalog.LAYERS if spec.make or spec.expr]
EACH = pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.key)
SIZE = (6, 9, 8)
BESIDE = {"output_padding": {"stride": 4}}
"""What else must be set, by the setting that needs it."""


def others(param: Param) -> list[Any]:
    """Values other than the default; not every layer can have each."""
    if isinstance(param, Flag):
        return [not param.default]
    if isinstance(param, Choice):
        return [option for option in param.options if option != param.default]
    if isinstance(param, Real):
        return [param.low + (param.high - param.low) / 4]
    if isinstance(param, Numbers):
        return [(0.5, -2.0, 1.0, 0.25, 3.0, -1.0)]
    if isinstance(param, Whole):
        return [count for count in (1, 2, 3) if count >= param.low]
    assert isinstance(param, Pair)
    return [1, 2, (2, 3), *param.keywords]


def network_of(spec: LayerSpec, params: dict[str, Any]) -> Project:
    """The layer behind the Input, behind a Flatten if it must be; all its outputs, last first, lead to the Output."""
    before: tuple[Layer, ...] = () if MAPS in spec.accepts else (("first", "flatten", {}),)
    source = "first" if before else "input"
    normal = spec.normal(params)
    outputs = [f"it:{port}" for port in reversed(range(spec.ports(normal)))]
    behind: tuple[Layer, ...] = (("stacked", "concatenate", {}, outputs),) if len(outputs) > 1 else ()
    it: Layer = ("it", spec.key, params, [source] * spec.inputs[0])
    return made(*before, it, *behind, ("last", "flatten", {}), size=SIZE)


def networks_of(spec: LayerSpec) -> Iterator[Project]:
    """Those that run."""
    chosen = [{param.name: value, **BESIDE.get(param.name, {})} for param in spec.params for value in others(param)]
    for params in ({}, *chosen):
        project = network_of(spec, params)
        if shapes.infer(project.graph).trainable:
            yield project


@EACH
@torch.no_grad()
def test_the_code_of_a_layer_is_the_layer(spec: LayerSpec) -> None:
    projects = list(networks_of(spec))
    used = [project.graph.by_path["it"].params for project in projects]
    assert spec.defaults() in used
    assert {param.name for param in spec.params} == {
        param.name for param in spec.params if any(params[param.name] != spec.defaults()[param.name] for params in used)
    }
    for project in projects:
        code = export_code(project)
        check_lines(project, code)
        network, exported = twins(project, code)
        x = pictures(project)
        for mode in (False, True):
            answers = []
            for module in (exported.train(mode), network.train(mode)):
                torch.manual_seed(3)
                answers.append(module(x))
            assert torch.equal(*answers)


@pytest.mark.process
def test_the_code_of_all_layers_is_clean(tmp_path: Path) -> None:
    for spec in LAYERS:
        for number, project in enumerate(networks_of(spec)):
            (tmp_path / f"{spec.key}{number}.py").write_text(export_code(project).text, encoding="utf-8")
    assert ruff(tmp_path) == ""
