"""What a run keeps beside its weights, between two steps, and how that goes into a checkpoint and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.core.values import Frozen
from cnnlab.engine.weights import frozen_array


@dataclass
class Sums:
    """Over the batches of an epoch so far."""

    loss: float = 0.0
    amount: float = 0.0
    """What the loss is divided by for its mean: pictures, or their weights."""
    right: float = 0.0
    error: float = 0.0
    images: int = 0
    seconds: float = 0.0
    """Of work."""


@dataclass
class RunState:
    """How far a run has come. Whatever it draws at random is a function of its seed and of the two counters ``draws`` and
    ``orders``: these are its random state."""

    began_at: int
    """Steps that the weights had behind them before the run."""
    orders: int
    """Epochs that lie behind the run, whose orders it must not show again."""
    draws: int
    """Forward passes that random numbers were drawn for, those of earlier runs included."""
    epoch: int = 1
    """The one in hand, from 1."""
    batch: int = 0
    """Batches of it that are done."""
    over: bool = False
    """Whether early stopping has ended the epochs."""
    images: int = 0
    """Training pictures seen."""
    sums: Sums = field(default_factory=Sums)
    changes: dict[str, float] = field(default_factory=dict)
    """Settings changed on the way, by name; the learning rate is with the schedule."""

    def next_epoch(self) -> None:
        """The one in hand is through."""
        self.epoch, self.batch, self.sums = self.epoch + 1, 0, Sums()

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        state = asdict(self)
        state["random"] = {"draws": state.pop("draws"), "orders": state.pop("orders")}
        return state

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> RunState:
        """From what ``plain`` gave; more keys than that are left alone."""
        names = cls.__dataclass_fields__.keys() - {"sums", "changes", "draws", "orders"}
        return cls(
            **{name: plain[name] for name in names},
            **plain["random"],
            sums=Sums(**plain["sums"]),
            changes=dict(plain["changes"]),
        )


def optimiser_arrays(network: nn.Module, optimiser: torch.optim.Optimizer) -> Frozen[str, Any]:
    """Read-only copies of all that the optimiser remembers, by ``path.weight/exp_avg``."""
    return Frozen(
        {
            f"{name}/{slot}": frozen_array(torch.as_tensor(value))
            for name, parameter in _learning(network, optimiser)
            for slot, value in optimiser.state[parameter].items()
            if value is not None
        }
    )


def restore_optimiser(network: nn.Module, optimiser: torch.optim.Optimizer, arrays: Mapping[str, Any]) -> None:
    """Give a fresh optimiser over ``network`` what ``optimiser_arrays`` took."""
    parameters = dict(_learning(network, optimiser))
    for key, array in arrays.items():
        name, slot = key.rsplit("/", 1)
        parameter = parameters[name]
        value = torch.from_numpy(np.array(array))
        if value.shape == parameter.shape:
            # Laid out as the parameter is: fused steps go through both in the order of memory.
            value = torch.empty_like(parameter, requires_grad=False).copy_(value)
        elif optimiser.defaults.get("fused"):
            value = value.to(parameter.device)  # a count of steps, which others keep on the CPU
        optimiser.state[parameter][slot] = value


def _learning(network: nn.Module, optimiser: torch.optim.Optimizer) -> Iterator[tuple[str, Tensor]]:
    """The parameters that the optimiser moves, with their names in ``network``."""
    moved = {id(parameter) for group in optimiser.param_groups for parameter in group["params"]}
    return ((name, parameter) for name, parameter in network.named_parameters() if id(parameter) in moved)
