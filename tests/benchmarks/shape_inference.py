"""Milliseconds from an edit to all that can be said of the network: ``python tests/benchmarks/shape_inference.py``.

Each figure is over edits that were never seen before, so that the memo of layers helps only where a person's edit would find
it. Processor time of this thread, which other jobs on the machine disturb less than the clock. Targets: under 5 ms for the net
that opens first, under 50 ms for ResNet-152.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from collections.abc import Iterable
from typing import Any

import torch
from smallest import parsed

from cnnlab.core import templates
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.project import changes
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project
from cnnlab.core.values import Frozen
from cnnlab.engine.network import shapes


def chain(length: int) -> Project:
    """``length`` layers in a row: convolution, BatchNorm, ReLU, dropout, and again."""
    kinds = itertools.cycle(("conv2d", "batchnorm2d", "relu", "dropout"))
    params = {"conv2d": Frozen({"out_channels": 8, "padding": 1})}
    nodes = [Node("input", "input", "input")]
    nodes += [
        Node(f"n{number}", f"n{number}", kind, params.get(kind, Frozen()))
        for number, kind in zip(range(length), kinds, strict=False)
    ]
    nodes += [Node("gap", "gap", "globalavgpool"), Node("output", "output", "output")]
    return Project(Graph(tuple(nodes), tuple(Wire(a.uid, b.uid) for a, b in itertools.pairwise(nodes))))


def measure(title: str, project: Project, convolution: int, name: str, values: Iterable[Any]) -> None:
    """Print how long an edit of one convolution's setting takes."""
    wanted = goal(project)
    shapes.infer(project.graph, wanted)
    uid = [node.uid for node in project.graph.nodes if node.type == "conv2d"][convolution]
    times = []
    for value in values:
        graph = changes.set_params(project, uid, **{name: value}).graph
        began = time.thread_time()
        shapes.infer(graph, wanted)
        times.append(1000 * (time.thread_time() - began))
    what = f"{title}, {len(project.graph.nodes)} nodes, {name} of convolution {convolution + 1}"
    print(f"{what}: median {statistics.median(times):.1f} ms, largest {max(times):.1f} ms")


def main() -> None:
    asked = parsed(argparse.ArgumentParser(description=__doc__))
    torch.set_num_threads(1)
    starter = templates.BY_KEY["mnist"].build()
    if asked.smallest:
        measure("starter net", starter, 0, "out_channels", (41,))
        return
    deep = templates.BY_KEY["resnet152"].build()
    measure("starter net", starter, 0, "out_channels", range(41, 50))
    measure("ResNet-152", deep, 100, "dilation", range(2, 9))
    measure("ResNet-152", deep, 0, "out_channels", range(41, 50))
    measure("ResNet-152, every size changes", deep, 0, "stride", (1, 3, 4, 5, 6, 7))
    measure("chain", chain(2000), 0, "out_channels", range(9, 14))


if __name__ == "__main__":
    main()
