"""One picture through the network, and everything that a window shows of it, recorded on the way.

The Inspector has a network of its own, apart from the one that a run trains. A thread that only looks should keep to one core
(see ``threads``): a picture is small, and the cores belong to the training.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import Sign
from cnnlab.core.graph import topology
from cnnlab.core.graph.graph import Graph
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen
from cnnlab.engine.data.preparation import PreparationError, input_shape, prepare
from cnnlab.engine.inspection import inputs, tiling
from cnnlab.engine.inspection.drawing import DrawingSteps
from cnnlab.engine.inspection.looks import LayerRecord, Look, Seen, Strip
from cnnlab.engine.network import network, weights
from cnnlab.engine.network.network import BuildError
from cnnlab.engine.system.processor import result_of
from cnnlab.engine.training import evaluation

STRIP_MAPS = 4
"""Maps shown on a card."""
STRIP_VALUES = 64
"""Values shown on the card of a layer whose output is a list, or maps of one pixel."""


class Inspector:
    """Keeps the network of the last look, and rebuilds or reloads only what changed. ``whole`` asks for a way from Input to
    Output and leaves out what does not lead there; otherwise all that can run is looked at.

    Not for several threads at once, nor for looks that take turns: one is finished or given up before the next begins."""

    def __init__(self, whole: bool = False) -> None:
        self._whole = whole
        self._network: network.Network | None = None
        self._of: Weights | None = None
        """The weights that the network holds; None for one that was just built."""
        self._start: tuple[int, Frozen[str, Learning]] = (-1, Frozen())
        self._loaded = weights.Loaded((), (), ())
        self._signed: dict[str, bool] = {}

    def look(self, look: Look) -> Seen:
        """Prepare the input, send it through, and gather what was asked for."""
        return result_of(self.looking(look))

    def looking(self, look: Look) -> Generator[None, None, Seen]:
        """Prepare the input, send it through, and gather what was asked for, with a rest after every layer: for a thread that has
        something more urgent to do now and then."""
        picture, steps = inputs.picture_of(look.input)
        try:
            net = self._ready(look.project)
            return (yield from self._recorded(net, look, picture, steps))
        except (BuildError, PreparationError) as error:
            return Seen(picture=picture, steps=steps, why=error.message)

    def load(self, project: Project) -> weights.Loaded:
        """Make the network and its numbers ready for looks through ``project``; which layers have numbers of their own. Raises
        ``BuildError`` where nothing can run."""
        self._ready(project)
        return self._loaded

    # As a decorator it holds while the generator works and not while it rests, in whatever thread.
    @torch.inference_mode()
    def _recorded(
        self, net: network.Network, look: Look, picture: np.ndarray, steps: DrawingSteps | None
    ) -> Generator[None, None, Seen]:
        project = look.project
        running = set(net.order)
        layer = look.layer if look.layer in running else None
        feeding = tuple(wire.source for wire in project.graph.incoming(layer)) if layer else ()
        strips = look.strips & running
        received = prepare(torch.from_numpy(picture).unsqueeze(0), project.preprocessing, input_shape(project.graph))
        logits, outputs = yield from net.recording(received, strips | set(feeding) | ({layer} if layer else set()))
        return Seen(
            picture=picture,
            steps=steps,
            step=project.weights.step,
            received=received[0].numpy(),
            logits=None if logits is None else logits[0].numpy(),
            probabilities=None
            if logits is None or logits.ndim != 2
            else evaluation.as_probabilities(logits)[0].numpy(),
            strips={uid: strip(_array(outputs[uid]), self._signed[uid]) for uid in strips},
            layer=_layer_record(net, layer, outputs, feeding, self._signed[layer]) if layer else None,
            fresh=(*self._loaded.restarted, *self._loaded.fresh),
        )

    def _ready(self, project: Project) -> network.Network:
        if self._network is None or self._network.graph != project.graph:
            self._network = network.build(project.graph, whole=self._whole).eval()
            self._signed = signed(project.graph)
            self._of = None
        start = (project.training.seed, project.learning)
        if self._of is not project.weights or self._start != start:
            self._loaded = weights.load(self._network, project.weights, *start)
            self._of, self._start = project.weights, start
        return self._network


def signed(graph: Graph) -> dict[str, bool]:
    """For every node that is on no loop: whether its output can hold values below zero. Known from the layers, so that a colour
    map does not flip from one picture to the next."""
    result: dict[str, bool] = {}
    for uid in topology.order(graph):
        spec = catalog.find(graph.by_uid[uid])
        if spec is None or spec.sign is Sign.SIGNED:
            result[uid] = True
        elif spec.sign is Sign.NONNEGATIVE:
            result[uid] = False
        else:
            result[uid] = any(result[wire.source] for wire in graph.incoming(uid))
    return result


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
