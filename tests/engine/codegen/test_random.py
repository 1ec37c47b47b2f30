"""Whatever can be built can be exported, and the code is the network."""

from __future__ import annotations

import re

import torch
from exported import check_lines, pictures, twins
from hypothesis import given, settings
from strategies.networks import networks

from cnnlab.core.project import Project
from cnnlab.engine.codegen import export_code


@settings(max_examples=150, deadline=None)
@given(networks)
@torch.no_grad()
def test_the_code_of_any_network_computes_the_same(project: Project) -> None:
    code = export_code(project)
    assert not re.search("cnnlab", code.text.split('"""', 2)[2])
    network, exported = twins(project, code)
    assert torch.equal(exported.eval()(pictures(project)), network.eval()(pictures(project)))
    check_lines(project, code)
