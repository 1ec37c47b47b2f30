"""One picture through the network, and everything that a window shows of it, recorded on the way.

The Inspector has a network of its own, apart from the one that a run trains. A thread that only looks should keep to one core
(see ``threads``): a picture is small, and the cores belong to the training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnlab.core import signs
from cnnlab.core.graph import Graph
from cnnlab.core.learning import Learning
from cnnlab.core.preprocessing import Preprocessing
from cnnlab.core.project import Weights
from cnnlab.core.values import Frozen
from cnnlab.engine import network, tiling, weights
from cnnlab.engine.data.preparation import input_shape, prepare
from cnnlab.engine.recording import LayerRecord, Recording, Strip
from cnnlab.engine.training import evaluation

STRIP_MAPS = 4
"""Maps shown on a card."""
STRIP_VALUES = 64
"""Values shown on the card of a layer whose output is a list, or maps of one pixel."""


@dataclass(frozen=True, eq=False)
class Request:
    """What to look at: a network, its weights (what does not fit starts from ``seed``), and a picture uint8 ``(C, H, W)``."""

    graph: Graph
    weights: Weights
    seed: int
    preprocessing: Preprocessing
    picture: np.ndarray
    strips: frozenset[str]
    """Uids of the cards on view."""
    layer: str | None
    """Uid of the layer to record whole."""
    learning: Frozen[str, Learning] = Frozen()
    """What fresh weights start from, by uid."""


class Inspector:
    """Keeps the network of the last request, and rebuilds or reloads only what changed. Not for several threads at once."""

    def __init__(self) -> None:
        self._network: network.Network | None = None
        self._loaded: Weights | None = None
        self._start: tuple[int, Frozen[str, Learning]] = (-1, Frozen())
        self._fresh: tuple[str, ...] = ()
        self._signed: dict[str, bool] = {}

    def record(self, request: Request) -> Recording:
        """Run the picture and gather what was asked for. Raises ``BuildError`` where nothing can run."""
        net = self._ready(request)
        running = set(net.order)
        layer = request.layer if request.layer in running else None
        feeding = tuple(wire.source for wire in request.graph.incoming(layer)) if layer else ()
        strips = request.strips & running
        with torch.inference_mode():
            shape = input_shape(request.graph)
            received = prepare(torch.from_numpy(request.picture).unsqueeze(0), request.preprocessing, shape)
            logits, outputs = net.record(received, strips | set(feeding) | ({layer} if layer else set()))
        return Recording(
            step=request.weights.step,
            logits=None if logits is None else logits[0].numpy(),
            probabilities=None if logits is None or logits.ndim != 2 else evaluation.shares(logits)[0].numpy(),
            strips={uid: strip(_array(outputs[uid]), self._signed[uid]) for uid in strips},
            layer=_layer_record(net, layer, outputs, feeding, self._signed[layer]) if layer else None,
            fresh=self._fresh,
            received=received[0].numpy(),
        )

    def _ready(self, request: Request) -> network.Network:
        if self._network is None or self._network.graph != request.graph:
            self._network = network.build(request.graph, whole=False).eval()
            self._signed = signs.signed(request.graph)
            self._loaded = None
        start = (request.seed, request.learning)
        if self._loaded is not request.weights or self._start != start:
            loaded = weights.load(self._network, request.weights, *start)
            self._fresh = (*loaded.restarted, *loaded.fresh)
            self._loaded, self._start = request.weights, start
        return self._network


def strip(output: np.ndarray, signed: bool) -> Strip:
    """The first maps of ``(C, H, W)`` side by side, one dark column between them; one row for values ``(F,)`` and for maps
    of one pixel. Scaled by the whole layer, as the mosaic of the layer is."""
    kind: tiling.Kind = "signed" if signed else "magnitude"
    top = tiling.largest(output)
    if output.ndim == 1 or output.shape[1:] == (1, 1):
        return Strip(tiling.to_indices(output.reshape(1, -1)[:, :STRIP_VALUES], kind, top), signed)
    return Strip(tiling.mosaic(tiling.to_indices(output[:STRIP_MAPS], kind, top), columns=STRIP_MAPS), signed)


def _layer_record(
    net: network.Network, uid: str, outputs: dict[str, Tensor], feeding: tuple[str, ...], signed: bool
) -> LayerRecord:
    output = _array(outputs[uid])
    return LayerRecord(
        uid=uid,
        maps=output if output.ndim == 3 else output.reshape(-1, 1, 1),
        signed=signed,
        # Copies, because the next weights are written into the same tensors while the window still shows these.
        tensors={name: tensor.numpy().copy() for name, tensor in net.module(uid).state_dict().items()},
        inputs=tuple(_array(outputs[source]) for source in feeding),
    )


def _array(output: Tensor) -> np.ndarray:
    return output[0].numpy()
