"""The precision of a run's arithmetic: chosen by the device, carried out by torch's autocast and gradient scaling.

Weights, optimiser and loss are float32 throughout; only what flows through the network has fewer bits."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor

from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.engine.training import failures

_REDUCED = {"bf16": torch.bfloat16, "fp16": torch.float16}
_MAX_SKIPPED = 50
"""Steps that may be skipped in a row while the scale of the loss is looked for; it is halved at each."""
_MIN_MACS = 20_000_000
"""Multiply–accumulates of a batch below which what fewer bits save is lost on converting to them."""


class PrecisionError(Refusal):
    """A precision that the device does not have; ``message`` says what to choose instead."""


def choose(wanted: str, device: str, macs: int) -> str:
    """The precision (``float32``, ``tf32``, ``bf16``, ``fp16``) for a setting, which may be ``auto``, on a device of the kind
    ``cpu``, ``cuda`` or ``mps``, of a network that takes ``macs`` multiply–accumulates for a batch. Raises
    ``PrecisionError``."""
    possible = available(device)
    if wanted == "auto":
        return possible[-1] if macs >= _MIN_MACS else "float32"
    if wanted not in possible:
        raise PrecisionError(
            _(
                "This device cannot train in {wanted}. Nothing was started. Choose “auto”, or one of: {known}.",
                wanted=wanted,
                known=", ".join(possible),
            )
        )
    return wanted


def available(device: str) -> tuple[str, ...]:
    """What the device can do, the one that “auto” takes last."""
    if device == "cpu":
        # fp16 is not offered: processors convert it back and forth at every step.
        return ("float32", "bf16") if bf16_is_quick() else ("bf16", "float32")
    if device == "cuda":
        if torch.cuda.get_device_capability() >= (8, 0):  # Ampere brought tf32 and bf16
            return "float32", "tf32", "fp16", "bf16"
        return "float32", "fp16"
    return "fp16", "bf16", "float32"


def bf16_is_quick() -> bool:
    """Whether this processor has instructions that multiply in bf16; one that only emulates them takes several times as long
    as in float32. Asked and not timed, because the same project must come to the same bits however busy the computer is."""
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public name for it
    return any(getattr(torch.cpu, name, bool)() for name in asked)


class Arithmetic:
    """The arithmetic of one run in the precision ``name``, on a device of the kind ``device``."""

    def __init__(self, name: str, device: str) -> None:
        self.name = name
        self._device = device
        self._scaler = torch.amp.GradScaler(device, enabled=name == "fp16")
        self._skipped = 0

    def forward(self) -> AbstractContextManager[Any]:
        """The context that the forward pass runs in: autocast, where the precision is reduced."""
        return torch.autocast(self._device, _REDUCED.get(self.name), enabled=self.name in _REDUCED)

    def backward(self, loss: Tensor) -> None:
        """The gradients of ``loss``; with fp16 scaled, until ``unscale``."""
        self._scaler.scale(loss).backward()

    def unscale(self, optimiser: torch.optim.Optimizer) -> None:
        """Bring the gradients to their own size."""
        self._scaler.unscale_(optimiser)

    def check_gradients(self, length: float, step: int) -> None:
        """Raises ``NotFinite`` for gradients of this ``length`` that must not lead to the step ``step``. In fp16 some overflow
        while the scale is found: such a step is skipped, and only many in a row are too many."""
        self._skipped = 0 if length < float("inf") else self._skipped + 1
        if not self._scaler.is_enabled() or self._skipped > _MAX_SKIPPED:
            failures.check_gradients(length, step)

    def step(self, optimiser: torch.optim.Optimizer) -> None:
        """Move the weights, if the gradients are finite."""
        self._scaler.step(optimiser)
        self._scaler.update()

    def state(self) -> dict[str, Any]:
        """What it adapts on the way, as JSON has it."""
        return {"precision": self.name, "skipped": self._skipped, "scaler": self._scaler.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what ``state`` gave."""
        self._skipped = state["skipped"]
        if self._scaler.is_enabled():
            self._scaler.load_state_dict(dict(state["scaler"]))


@contextmanager
def tf32(allowed: bool) -> Generator[None]:
    """Whether GPUs may compute float32 numbers in tf32 inside; afterwards as it was before. It holds for the whole
    process."""
    places: tuple[Any, ...] = (torch.backends.cuda.matmul, torch.backends.cudnn.conv)  # type: ignore[attr-defined]
    before = [place.fp32_precision for place in places]
    try:
        for place in places:
            place.fp32_precision = "tf32" if allowed else "ieee"
        yield
    finally:
        for place, was in zip(places, before, strict=True):
            place.fp32_precision = was
