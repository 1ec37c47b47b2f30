"""Values that a window and a worker hand to each other: what to look at, and what was seen. numpy only, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnlab.core.messages import Message
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.core.values import Frozen

if TYPE_CHECKING:
    from cnnlab.engine.inspection.drawing import DrawingSteps


@dataclass(frozen=True, eq=False, kw_only=True)
class Input:
    """A picture for a network, and where it is from: the draw pad, the test split (``index``), a file (``path``), or nowhere in
    particular. One that was asked for has no ``pixels`` until it is read (``inputs.read``)."""

    pixels: NDArray[np.uint8] | None = None
    """``(C, H, W)``: of the size that the data set has, or of a drawing any, ``(1, H, W)``, ink 255 on 0."""
    is_drawing: bool = False
    """Whether it is still to be cropped, fitted and centred; a file is first taken for ink on paper."""
    label: str = ""
    """The name of its class, or its number with the unit, if known."""
    path: Path | None = None
    index: int | None = None
    data: DataSettings | None = None
    """Whose test split ``index`` counts in."""
    shape: tuple[int, int, int] | None = None
    """``(C, H, W)`` that a file, or a stored picture of any size, is brought to."""

    @classmethod
    def drawn(cls, raster: NDArray[np.uint8]) -> Input:
        """A drawing ``(H, W)``, ink 255 on 0."""
        return cls(pixels=raster[None], is_drawing=True)

    @classmethod
    def stored(cls, project: Project, index: int) -> Input:
        """A picture of the test split of the project's data, counted round it; still to be read."""
        return cls(index=index, data=project.data, shape=project.picture_shape)

    @classmethod
    def of_file(cls, project: Project, path: Path, as_drawing: bool = False) -> Input:
        """A picture file, prepared as in evaluation or as a drawing; still to be read."""
        return cls(path=path, is_drawing=as_drawing, shape=project.picture_shape)

    def of(self, project: Project) -> Input:
        """This input as ``project`` has it: itself, or one to be read anew, because the project reads its data from
        somewhere else by now, or has pictures of another size."""
        if self.path is not None and not self.is_drawing and self.shape != project.picture_shape:
            return replace(self, pixels=None, shape=project.picture_shape)
        if self.index is not None and self.data is not None and self.data.source == project.data.source:
            is_as_before = (self.data.folder, self.shape) == (project.data.folder, project.picture_shape)
            return self if is_as_before else Input.stored(project, self.index)
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class Look:
    """One thing to look at: an input that was read, the project whose network it goes through, and what of that to record."""

    project: Project
    """Layers that its weights do not fit start from its seed, as in training."""
    input: Input
    strips: frozenset[str] = frozenset()
    """Uids of the cards on view."""
    layer: str | None = None
    """Uid of the layer to record whole."""


@dataclass(frozen=True)
class Strip:
    """The first maps of a layer side by side, scaled to 8 bit: ``indices`` uint8 ``(height, width)`` into the colour table
    for signed values (zero at 128) or for magnitudes (zero at 0)."""

    indices: NDArray[np.uint8]
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


@dataclass(frozen=True, eq=False, kw_only=True)
class Seen:
    """One input's way through a network, recorded. While nothing in it can run, ``why`` says what to do, and there is
    only the picture."""

    picture: NDArray[np.uint8]
    """``(C, H, W)``, before it is prepared for the network."""
    steps: DrawingSteps | None = None
    """How a drawing came to that picture."""
    why: Message | None = None
    step: int = 0
    """The training step of the weights."""
    received: np.ndarray | None = None
    """The picture as the network received it: normalised, float32 ``(C, H, W)``."""
    logits: np.ndarray | None = None
    """``(outputs,)``; None where the network does not reach its output."""
    probabilities: np.ndarray | None = None
    """``(classes,)`` that the logits stand for: their softmax; two of a single logit."""
    strips: Mapping[str, Strip] = Frozen()
    """A strip for each card on view, by uid."""
    layer: LayerRecord | None = None
    fresh: tuple[str, ...] = ()
    """Paths of the layers whose numbers are still the seed's: never trained, or not in this size."""
