"""Exported code, run: what the text makes, and whether that is the network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.core import catalog
from cnnlab.core.project.project import Project, Weights
from cnnlab.engine.codegen import Code
from cnnlab.engine.network import shapes, weights
from cnnlab.engine.network.network import Network, build


def module_of(text: str) -> nn.Module:
    """A module of the last class in ``text``."""
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), space)
    made = [thing for thing in space.values() if isinstance(thing, type) and thing.__module__ == "exported"]
    network = made[-1]()
    assert isinstance(network, nn.Module)
    return network


def twins(project: Project, code: Code) -> tuple[Network, nn.Module]:
    """The network and what its code makes, with the same numbers, none of which is a start value."""
    network = build(project.graph)
    weights.load(network, Weights(), seed=1)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point() and (tensor.ndim <= 1 or "running" in name):
            tensor.copy_(torch.linspace(0.5, 1.5, tensor.numel()).view(tensor.shape))
    exported = module_of(code.text)
    exported.load_state_dict(network.state_dict(), strict=True)
    return network, exported


def ruff(folder: Path) -> str:
    """What ruff with its own settings finds in the files of ``folder``, and what it would format; empty if nothing."""
    text = ""
    for command in (["check", "--quiet"], ["format", "--check", "--diff", "--quiet"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(folder)],
            capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        text += done.stdout + done.stderr
    return text


def pictures(project: Project, count: int = 2) -> Tensor:
    """``(count, C, H, W)`` for the Input of a network."""
    size = project.graph.of_type("input")[0].params
    generator = torch.Generator().manual_seed(5)
    return torch.randn(count, size["channels"], size["height"], size["width"], generator=generator)


def check_lines(project: Project, code: Code) -> None:
    """Every layer that leads to the Output has its lines, with its name and its constructor, and no other layer has."""
    facts = shapes.infer(project.graph)
    lines = code.text.splitlines()
    built = {uid for uid in facts.order if uid in facts.leading}
    assert set(code.lines) == built
    for uid in built:
        node = project.graph.by_uid[uid]
        spec = catalog.BY_KEY[node.type]
        own = [lines[number - 1] for numbers in code.lines[uid] for number in numbers]
        name = node.path.rpartition(".")[2]
        if spec.make and not name.isdecimal():
            made = f".{name} = " if name.isidentifier() else f'"{name}",'
            assert any(made in line for line in own), (node.path, own)
        if spec.make:
            torch_name = spec.make.rpartition(".")[2]
            assert any(f"{torch_name}(" in line for line in own), (node.path, own)
