"""What to look at, and what was seen, as values that a window and a worker hand to each other. numpy only, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnlab.core.graph import Graph
from cnnlab.core.learning import Learning
from cnnlab.core.messages import Message
from cnnlab.core.preprocessing import Preprocessing
from cnnlab.core.project import Weights
from cnnlab.core.values import Frozen
from cnnlab.engine.recording import Recording

if TYPE_CHECKING:
    from cnnlab.engine.drawing import DrawingSteps


@dataclass(frozen=True, eq=False)
class Drawing:
    """A raster uint8 ``(H, W)``, ink 255 on 0, still to be cropped, fitted and centred."""

    raster: np.ndarray


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture uint8 ``(C, H, W)`` of the size the data set has; ``label`` is the name of its class if known."""

    pixels: np.ndarray
    label: str = ""


@dataclass(frozen=True, eq=False)
class Look:
    """One thing to look at: an input, and the network to send it through."""

    source: Drawing | Picture
    graph: Graph
    weights: Weights
    seed: int
    preprocessing: Preprocessing
    strips: frozenset[str]
    layer: str | None
    learning: Frozen[str, Learning] = Frozen()


@dataclass(frozen=True, eq=False)
class Seen:
    """What came of a look; ``recording`` is None while nothing in the network can run, and ``why`` then says what to do.
    ``steps`` belong to a drawing."""

    recording: Recording | None
    picture: np.ndarray
    steps: DrawingSteps | None
    why: Message | None = None
