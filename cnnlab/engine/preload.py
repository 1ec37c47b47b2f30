"""Everything that is slow the first time, done once behind the window: imports, the data, one step of training."""

from __future__ import annotations

import torch
import torchvision  # noqa: F401 - as the first network of torchvision's does

from cnnlab.core import templates
from cnnlab.core.project.project import DataSettings
from cnnlab.engine.data import datasets
from cnnlab.engine.exports import process  # noqa: F401 - as the first export does
from cnnlab.engine.inspection import inspector  # noqa: F401 - the inspection thread finds it loaded
from cnnlab.engine.network import network, shapes, weights
from cnnlab.engine.system.threads import keep_to


def preload() -> None:
    """Takes a second or two; after it neither the first edit nor the first press of Train stalls, nor the first export."""
    keep_to(1)
    project = templates.BY_KEY["mnist"].build()
    shapes.infer(project.graph)
    net = network.build(project.graph)
    weights.load(net, project.weights, seed=0)
    optimiser = torch.optim.Adam(net.parameters())
    torch.nn.functional.cross_entropy(net(torch.zeros(2, 1, 28, 28)), torch.zeros(2, dtype=torch.int64)).backward()
    optimiser.step()
    datasets.load(DataSettings())
