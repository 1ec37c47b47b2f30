"""Whole short trainings, two epochs with a small last batch, against the same written in plain torch: every loss, optimiser
and schedule, the penalty and the clipping come together as they should."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torchvision.ops import sigmoid_focal_loss
from training_runs import last_weights, run, small_mnist, tiny

from cnnlab.core.data.sources import Target
from cnnlab.core.project import changes, repairs
from cnnlab.core.project.project import Weights
from cnnlab.engine.data.draws import permutation
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.network import network, weights

MEAN, STD = 0.1307, 0.3081
RATE, EPOCHS, BATCH = 0.01, 2, 64
STEPS = 12
"""330 pictures are five batches and ten pictures."""

Torchs = Callable[[Tensor, Tensor], Tensor]
LOSSES: dict[str, tuple[Target, dict[str, Any], Torchs]] = {
    "cross_entropy": (
        Target.CLASSES,
        {"label_smoothing": 0.1},
        lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1),
    ),
    "nll": (Target.CLASSES, {}, lambda x, y: F.nll_loss(F.log_softmax(x, 1), y)),
    "focal": (
        Target.CLASSES,
        {"focal_gamma": 2.0},
        lambda x, y: ((1 - x.softmax(1)[range(len(y)), y]) ** 2 * F.cross_entropy(x, y, reduction="none")).mean(),
    ),
    "hinge": (Target.CLASSES, {}, F.multi_margin_loss),
    "multi_margin": (
        Target.CLASSES,
        {"margin": 0.5, "margin_power": 2},
        lambda x, y: F.multi_margin_loss(x, y, p=2, margin=0.5),
    ),
    "binary_cross_entropy": (
        Target.BINARY,
        {},
        lambda x, y: F.binary_cross_entropy_with_logits(x[:, 0], y.float()),
    ),
    "binary_focal": (
        Target.BINARY,
        {"focal_gamma": 2.0},
        lambda x, y: sigmoid_focal_loss(x[:, 0], y.float(), alpha=-1, gamma=2, reduction="mean"),
    ),
    "mse": (Target.NUMBER, {}, lambda x, y: F.mse_loss(x[:, 0], y)),
    "mae": (Target.NUMBER, {}, lambda x, y: F.l1_loss(x[:, 0], y)),
    "huber": (Target.NUMBER, {"huber_delta": 0.5}, lambda x, y: F.huber_loss(x[:, 0], y, delta=0.5)),
}
OPTIMISERS: dict[str, tuple[dict[str, Any], Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]]] = {
    "plain sgd": ({"optimiser": "sgd", "momentum": 0.0}, lambda p: torch.optim.SGD(p, RATE)),
    "sgd": ({"optimiser": "sgd", "momentum": 0.9}, lambda p: torch.optim.SGD(p, RATE, 0.9)),
    "nesterov": (
        {"optimiser": "sgd", "momentum": 0.9, "nesterov": True},
        lambda p: torch.optim.SGD(p, RATE, 0.9, nesterov=True),
    ),
    "adam": ({"optimiser": "adam"}, lambda p: torch.optim.Adam(p, RATE)),
    "adamw": (
        {"optimiser": "adamw", "weight_decay": 0.1, "decay_all": True},
        lambda p: torch.optim.AdamW(p, RATE, weight_decay=0.1),
    ),
    "nadam": ({"optimiser": "nadam"}, lambda p: torch.optim.NAdam(p, RATE)),
    "radam": ({"optimiser": "radam"}, lambda p: torch.optim.RAdam(p, RATE)),
    "adamax": ({"optimiser": "adamax", "beta2": 0.99}, lambda p: torch.optim.Adamax(p, RATE, (0.9, 0.99))),
    "rmsprop": (
        {"optimiser": "rmsprop", "momentum": 0.0, "beta2": 0.99},
        lambda p: torch.optim.RMSprop(p, RATE, alpha=0.99),
    ),
    "adagrad": ({"optimiser": "adagrad"}, lambda p: torch.optim.Adagrad(p, RATE)),
}
SCHEDULES: dict[str, tuple[dict[str, Any], Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]]] = {
    "constant": ({}, lambda o: lr_scheduler.ConstantLR(o, 1.0)),
    "step": ({"step_every": 1, "step_factor": 0.3}, lambda o: lr_scheduler.StepLR(o, STEPS // EPOCHS, 0.3)),
    "exponential": (
        {"epoch_factor": 0.5},
        lambda o: lr_scheduler.ExponentialLR(o, 0.5 ** (EPOCHS / STEPS)),
    ),
    "linear": ({}, lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, STEPS)),
    "cosine": ({}, lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS)),
    "one_cycle": (
        {"one_cycle_up": 0.25},
        lambda o: lr_scheduler.OneCycleLR(o, RATE, STEPS, pct_start=0.25, cycle_momentum=False),
    ),
}


def labelled(target: Target) -> Dataset:
    """MNIST's digits; whether they are above 4; or what they are, as a number."""
    digits = small_mnist()

    def part(held: Any) -> PictureSet:
        labels = {
            Target.CLASSES: held.labels,
            Target.BINARY: (held.labels > 4).long(),
            Target.NUMBER: held.labels.float(),
        }
        return PictureSet(held.images, labels[target])

    names = {Target.CLASSES: digits.classes, Target.BINARY: ("low", "high"), Target.NUMBER: ()}[target]
    parts: dict[str, Any] = {name: part(getattr(digits, name)) for name in ("train", "validation", "test")}
    return replace(digits, target=target, classes=names, **parts)


def compared(
    loss: str = "cross_entropy", optimiser: str = "sgd", schedule: str = "constant", l1: float = 0.0, clip: float = 0.0
) -> None:
    """Train both ways; the weights must be equal but for the order of sums."""
    target, of_loss, torchs_loss = LOSSES[loss]
    of_optimiser, make = OPTIMISERS[optimiser]
    of_schedule, plan = SCHEDULES[schedule]
    settings = {
        "loss": loss, "schedule": schedule, "learning_rate": RATE, "epochs": EPOCHS, "batch_size": BATCH,
        "precision": "float32", "l1": l1, "clip_norm": clip, **of_loss, **of_optimiser, **of_schedule,
    }  # fmt: skip
    project, dataset = tiny(**settings), labelled(target)
    if loss == "nll":
        (output,) = project.graph.of_type("output")
        project = repairs.insert_before(project, output.uid, 0, "logsoftmax")
    if target is not Target.CLASSES:
        project = changes.set_params(project, "fc", out_features=1)
    fresh = network.build(project.graph)
    weights.load(fresh, Weights(), project.training.seed)
    fc = nn.Linear(784, 1 if target is not Target.CLASSES else 10)
    net = nn.Sequential(nn.Flatten(), fc)
    for mine, given in zip(net.parameters(), fresh.parameters(), strict=True):
        mine.data.copy_(given.data)
    moves = make(net.parameters())
    rates = plan(moves)
    train = dataset.train
    assert isinstance(train, PictureSet)
    for epoch in range(1, EPOCHS + 1):
        for index in permutation(len(train), project.training.seed, epoch).split(BATCH):
            cost = torchs_loss(net((train.images[index].float() / 255 - MEAN) / STD), train.labels[index])
            moves.zero_grad()
            (cost + l1 * fc.weight.abs().sum()).backward()
            if clip:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            moves.step()
            rates.step()
    got = last_weights(run(project, dataset))
    assert got.step == STEPS
    for name, tensor in (("weight", fc.weight), ("bias", fc.bias)):
        np.testing.assert_allclose(got.nodes["fc"][name], tensor.detach().numpy(), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss: str) -> None:
    compared(loss=loss, optimiser="adam")


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_optimisers(optimiser: str) -> None:
    compared(optimiser=optimiser)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules(schedule: str) -> None:
    compared(schedule=schedule)


def test_the_penalty_and_the_clipping() -> None:
    compared(l1=0.01, clip=0.3)
