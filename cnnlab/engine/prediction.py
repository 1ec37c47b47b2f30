"""What a trained network sees in picture files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from cnnlab.core import heads
from cnnlab.core.messages import message as _
from cnnlab.core.project import Project
from cnnlab.core.sources import Target
from cnnlab.engine import network, shapes, weights
from cnnlab.engine.data import datasets
from cnnlab.engine.drawing import prepare_drawing
from cnnlab.engine.network import BuildError
from cnnlab.engine.paper import picture_as_drawing
from cnnlab.engine.pictures import PictureError, fit_picture, open_picture
from cnnlab.engine.training import evaluation


@dataclass(frozen=True)
class Prediction:
    """The likeliest class of a picture, or the number where the task is one."""

    label: str
    """As the data set names the class; a number with its unit."""
    share: float | None
    """Its probability, 0…1; None where the answer is a number."""


class Predictor:
    """The network of a project on the CPU, ready for pictures.

    Raises ``BuildError`` for a network that cannot run or does not fit the classes, ``DataError`` for an unknown data set.
    """

    def __init__(self, project: Project) -> None:
        self._source = datasets.source(project.data.source)
        self._names = project.names
        self._shape = project.picture_shape
        self._preprocessing = project.preprocessing
        for problem in shapes.infer(project.graph, replace(heads.goal(project), loss=None)).blocking:
            raise BuildError(problem.message)
        self._network = network.build(project.graph)
        self.loaded = weights.load(self._network, project.weights, project.training.seed, project.learning)
        """Which layers have weights of their own, and which started afresh and so know nothing."""

    def predict(self, path: Path, *, as_drawing: bool = False) -> Prediction:
        """The class of the picture in a file. It is prepared like a test picture; ``as_drawing`` first takes it for ink on
        paper and makes of it what a drawing on the pad would be. Raises ``PictureError``."""
        images = self._drawing(path) if as_drawing else fit_picture(open_picture(path), self._shape)
        if self._source.target is Target.NUMBER:
            answer = evaluation.outputs_of(self._network, images, self._preprocessing)[0, 0].item()
            return Prediction(f"{answer:.1f}{self._source.unit}", None)
        shares = evaluation.probabilities(self._network, images, self._preprocessing)[0]
        best = int(shares.argmax())
        return Prediction(self._names(len(shares))[best], shares[best].item())

    def _drawing(self, path: Path) -> torch.Tensor:
        steps = prepare_drawing(picture_as_drawing(open_picture(path)))
        if steps.empty:
            raise PictureError(_("“{name}” shows nothing that stands out from its background.", name=path.name))
        return torch.from_numpy(steps.centred).view(1, 1, *steps.centred.shape)
