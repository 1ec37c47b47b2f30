"""All that a run needs to go on bit by bit, taken between two steps and put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnnlab.core.project.project import Weights
from cnnlab.core.runs.events import Checkpoint
from cnnlab.core.values import Frozen, frozen
from cnnlab.engine.network.weights import frozen_array, snapshot
from cnnlab.engine.training import live
from cnnlab.engine.training.early_stopping import EarlyStopping
from cnnlab.engine.training.run_setup import SetUp
from cnnlab.engine.training.state import LoopState


def taken(
    run: str,
    current: Weights,
    best: Weights | None,
    state: LoopState,
    stopping: EarlyStopping,
    parts: SetUp,
    threads: int | None,
) -> Checkpoint:
    """The checkpoint of the run as it stands, whose weights are ``current``; ``threads`` that it goes on with, None while it
    still tries which are the quickest."""
    plain = state.plain() | {
        "schedule": parts.schedule.state(),
        "stopping": stopping.state(),
        "arithmetic": parts.arithmetic.state(),
        "threads": threads,
        "averaged": parts.average.steps if parts.average else 0,
    }
    return Checkpoint(
        run=run,
        step=current.step,
        graph=parts.network.graph.digest,
        weights=current,
        best=best,
        moving=snapshot(parts.network, current.step) if parts.average else None,
        optimiser=optimiser_arrays(parts.network, parts.stepper.optimiser),
        state=Frozen({name: frozen(value) for name, value in plain.items()}),
    )


def restored(checkpoint: Checkpoint, stopping: EarlyStopping, parts: SetUp) -> LoopState:
    """How far the run had come; optimiser, schedule and all else stand as they did. The network has its weights already."""
    state = LoopState.of(checkpoint.state)
    restore_optimiser(parts.network, parts.stepper.optimiser, checkpoint.optimiser)
    parts.schedule.restore(checkpoint.state["schedule"])
    stopping.restore(checkpoint.state["stopping"])
    parts.arithmetic.restore(checkpoint.state["arithmetic"])
    live.restore(state.changes, parts)
    return state


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
    """Restore into a new optimiser over ``network`` what ``optimiser_arrays`` took."""
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
