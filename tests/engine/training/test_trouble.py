"""All that can go wrong in a step: the run ends in one sentence, with the weights from before it, and the next one trains."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from training_runs import equal, last_weights, of, run, until, with_layers

from cnnlab.core.data.sources import Target
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, End, RunEnded, WeightsPublished
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError

STEP = 4
"""In which it happens."""


def asked(**training: Any) -> Project:
    """With batch normalisation, which has written its means before the step is taken back."""
    return with_layers(("batchnorm2d", "norm", {}), precision="float32", **training)


class Backward(torch.autograd.Function):
    """Gives its input on, and ``change`` of the gradient back."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        ctx.change = change
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return ctx.change(gradients[0]), None


def raising(error: Exception) -> Callable[[torch.Tensor], torch.Tensor]:
    def change(_x: torch.Tensor) -> torch.Tensor:
        raise error

    return change


FULL_CARD = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
FULL = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
)
BROKEN = torch.AcceleratorError("CUDA error: an illegal memory access was encountered")
FAULTS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
    "graphics memory": (raising(FULL_CARD), "The GPU ran out of memory at batch size 64."),
    "memory": (raising(FULL), "This computer ran out of memory at batch size 64."),
    "memory of Python": (raising(MemoryError()), "This computer ran out of memory at batch size 64."),
    "device": (raising(BROKEN), "The GPU stopped responding."),
    "fault of ours": (raising(KeyError("missing")), "Training stopped because of an error in cnnlab (KeyError)."),
    "NaN": (lambda x: x * torch.nan, "became NaN at step 4."),
    "infinity": (lambda x: x * torch.inf, "at step 4."),
}
ADVICE = ("Try batch size 32", "try 0.0001", "Restart cnnlab", "The log has the details")


def failing(
    change: Callable[[torch.Tensor], torch.Tensor], backward: bool
) -> Callable[[nn.Linear, torch.Tensor], torch.Tensor]:
    """What stands in for a linear layer's forward pass, and goes wrong in one step there or in the backward pass."""
    real, calls = nn.Linear.forward, itertools.count(1)

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        x = real(self, x)
        if x.is_meta or next(calls) != STEP:  # on meta sizes are asked for, once
            return x
        return Backward.apply(x, change) if backward else change(x)

    return forward


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "settings", [{}, {"clip_norm": 1.0, "l1": 0.001, "optimiser": "sgd"}], ids=["adam", "clipped sgd"]
)
def test_a_step_that_goes_wrong_leaves_the_weights_from_before_it(
    small: Dataset, fault: str, backward: bool, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = asked(**settings)
    change, text = FAULTS[fault]
    monkeypatch.setattr(nn.Linear, "forward", failing(change, backward))
    events = run(project, small)
    monkeypatch.undo()
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert ended.end is End.FAILED
    if backward and fault in ("NaN", "infinity"):
        text = "The gradients became infinite at step 4."
        assert of(BatchDone, events)[-1].step == STEP - 1
    message = str(ended.message)
    assert text in message
    assert "of step 3 are" in message
    assert any(advice in message for advice in ADVICE) or "is the usual reason; try" in message
    stopped = Run(project, small)
    until(stopped, BatchDone, STEP - 1)
    stopped.stop()
    expected = until(stopped, WeightsPublished)
    assert equal(last_weights(events), expected.weights)
    assert run(project, small)[-1].end is End.COMPLETED


def test_an_optimiser_that_breaks_off_half_way_leaves_the_weights_that_were_published_last(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = Run(asked(), small)
    published = until(going, WeightsPublished)
    until(going, BatchDone, STEP)

    def half_a_step(self: torch.optim.Adam) -> None:
        with torch.no_grad():
            self.param_groups[0]["params"][0].add_(1.0)
        raise MemoryError

    monkeypatch.setattr(torch.optim.Adam, "step", half_a_step)
    rest = list(going.events())
    monkeypatch.undo()
    assert equal(last_weights(rest), published.weights)
    (ended,) = of(RunEnded, rest)
    assert ended.step == 0
    assert "ran out of memory at batch size 64. The weights of step 0 are kept" in str(ended.message)
    assert run(asked(), small)[-1].end is End.COMPLETED


@pytest.mark.parametrize("part", ["train", "validation", "test"])
@pytest.mark.parametrize("label", [torch.nan, torch.inf])
def test_a_number_to_be_learned_that_is_none_is_refused(small: Dataset, part: str, label: float) -> None:
    parts: dict[str, Any] = {
        name: PictureSet(held.images, held.labels.float())
        for name in ("train", "validation", "test")
        if isinstance(held := getattr(small, name), PictureSet)
    }
    numbers = replace(small, target=Target.NUMBER, classes=(), **parts)
    project = changes.set_params(asked(loss="mse"), "fc", out_features=1)
    assert run(project, numbers)[-1].end is End.COMPLETED
    getattr(numbers, part).labels[5] = label
    with pytest.raises(TrainingError, match=r"is not a finite number\. Nothing was started\. Correct the labels"):
        run(project, numbers)


@pytest.mark.parametrize("loss", ["nll", "mse", "binary_cross_entropy"])
def test_a_loss_that_expects_another_end_is_refused_with_what_to_do(small: Dataset, loss: str) -> None:
    with pytest.raises(TrainingError, match=r"LogSoftmax layer before|Choose “") as caught:
        run(asked(loss=loss), small)
    assert str(caught.value.message).startswith("The network cannot be trained yet.")
