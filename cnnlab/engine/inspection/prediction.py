"""Predictions of a trained network for pictures, in the words of its data set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnlab.core.data.sources import Target
from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import answer_figure
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project
from cnnlab.engine.data import datasets
from cnnlab.engine.data.pictures import PictureError
from cnnlab.engine.inspection import inputs
from cnnlab.engine.inspection.inspector import Inspector
from cnnlab.engine.inspection.looks import Look
from cnnlab.engine.network import shapes
from cnnlab.engine.network.network import BuildError


@dataclass(frozen=True, eq=False)
class Prediction:
    """The likeliest class of a picture, or the number where the task is one."""

    label: str
    """The name of the class in the data set; or the number with its unit."""
    probability: float | None
    """The probability of that class, 0…1; None where the answer is a number."""
    outputs: NDArray[np.float32]
    """The network's output: the probabilities ``(classes,)``, or the number ``(1,)``."""


class Predictor:
    """The network of a project on the CPU, ready for pictures.

    Raises ``BuildError`` for a network that cannot run or does not fit the classes, ``DataError`` for an unknown data set.
    """

    def __init__(self, project: Project) -> None:
        self._source = datasets.source(project.data.source)
        self._project = project
        for problem in shapes.infer(project.graph, replace(goal(project), loss=None)).blocking:
            raise BuildError(problem.message)
        self._inspector = Inspector(whole=True)
        self.loaded = self._inspector.load(project)
        """Which layers have weights of their own, and which started afresh and so know nothing."""

    def predict(self, picture: inputs.Given, *, as_drawing: bool = False) -> Prediction:
        """The answer to a picture, in any form that ``inputs.given`` takes. It is prepared like a test picture;
        ``as_drawing`` first takes a file for ink on paper and makes of it what a drawing on the pad would be. Raises
        ``Refusal`` where it cannot be read, or not be made to fit the network."""
        given = inputs.read(inputs.given(self._project, picture, as_drawing))
        seen = self._inspector.look(Look(project=self._project, input=given))
        if seen.why is not None:
            raise Refusal(seen.why)
        if seen.steps is not None and seen.steps.empty:
            raise PictureError(_nothing_on(given.path))
        assert seen.logits is not None
        if self._source.target is Target.NUMBER:
            return Prediction(answer_figure(seen.logits[0], self._source.unit), None, seen.logits)
        assert seen.probabilities is not None
        best = int(seen.probabilities.argmax())
        names = self._project.names(len(seen.probabilities))
        return Prediction(names[best], float(seen.probabilities[best]), seen.probabilities)


def _nothing_on(path: Path | None) -> Message:
    if path is None:
        return _("Nothing is drawn: the picture has no ink.")
    return _("“{name}” shows nothing that stands out from its background.", name=path.name)
