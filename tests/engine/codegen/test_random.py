"""Whatever can be built can be exported, and the code is the network."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from exported import check_lines, pictures, ruff, twins
from hypothesis import given, settings
from strategies.networks import networks

from cnnlab.core.project.project import Project
from cnnlab.engine.codegen import export_code

pytestmark = pytest.mark.process

BY_CHANCE = {"dropout", "stochasticdepth"}


@torch.no_grad()
def test_the_code_of_any_network_computes_the_same_and_is_clean(tmp_path: Path) -> None:
    texts = []

    @settings(max_examples=200, deadline=None)
    @given(networks)
    def each(project: Project) -> None:
        code = export_code(project)
        texts.append(code.text)
        network, exported = twins(project, code)
        x = pictures(project)
        assert torch.equal(exported.eval()(x), network.eval()(x))
        if not BY_CHANCE & {node.type for node in project.graph.nodes}:
            assert torch.equal(exported.train()(x), network.train()(x))
            after = network.state_dict()
            assert all(torch.equal(tensor, after[key]) for key, tensor in exported.state_dict().items())
        check_lines(project, code)

    each()
    for number, text in enumerate(dict.fromkeys(texts)):
        (tmp_path / f"network{number}.py").write_text(text, encoding="utf-8")
    assert ruff(tmp_path) == ""
