"""What must hold for every network that runs: it builds, runs with the sizes that are said, and is the same after saving."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from hypothesis import given, settings
from strategies.networks import PICTURE, networks

from cnnlab.core.project.project import Project, Weights
from cnnlab.engine.archive import project_file
from cnnlab.engine.network import shapes, weights
from cnnlab.engine.network.network import build


@settings(max_examples=60, deadline=None)
@given(networks)
@torch.no_grad()
def test_sizes_are_those_of_a_run(project: Project) -> None:
    facts = shapes.infer(project.graph)
    assert facts.trainable, [str(problem.message) for problem in facts.blocking]
    network = build(project.graph)
    weights.load(network, Weights(), seed=0)
    uids = set(facts.order) & facts.leading
    _logits, recorded = network.eval().record(torch.zeros(1, *PICTURE), uids)
    assert {uid: tuple(output.shape[1:]) for uid, output in recorded.items()} == {
        uid: (sum(shape[0] for shape in facts.of(uid).outputs), *facts.of(uid).outputs[0][1:]) for uid in uids
    }
    assert facts.parameters == sum(parameter.numel() for parameter in network.parameters())


@settings(max_examples=40, deadline=None)
@given(networks)
def test_a_saved_network_opens_as_it_was(project: Project) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.cnnlab"
        project_file.save(project, path)
        assert project_file.open_project(path).project == project
