"""What a network did with one picture, as plain numpy values that a window can show. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Strip:
    """The first maps of a layer side by side, scaled to 8 bit: ``indices`` uint8 ``(height, width)`` into the colour table
    for signed values (zero at 128) or for magnitudes (zero at 0)."""

    indices: np.ndarray
    signed: bool


@dataclass(frozen=True)
class LayerRecord:
    """Everything about the selected layer: its maps float32 ``(K, H, W)`` (a list of values is ``(F, 1, 1)``), the tensors
    it has, float32, by name, and the outputs that feed it, ``(C, H, W)`` or ``(F,)``, in port order."""

    uid: str
    maps: np.ndarray
    signed: bool
    tensors: Mapping[str, np.ndarray]
    inputs: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Recording:
    """One forward pass: ``step`` of the weights, the probabilities ``(classes,)`` that the logits stand for (softmax; two of a
    single logit; None without an output), the strips of the cards on view by uid, and the selected layer."""

    step: int
    probabilities: np.ndarray | None
    logits: np.ndarray | None
    strips: Mapping[str, Strip]
    layer: LayerRecord | None
    fresh: tuple[str, ...]
    """Paths of the layers whose numbers are still the seed's: never trained, or not in this size."""
    received: np.ndarray
    """What the network received: normalised, float32 ``(C, H, W)``."""
