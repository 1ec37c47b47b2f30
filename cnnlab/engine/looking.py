"""From what a person gives as input (a drawing, a stored picture, a picture file) to a recording of what the network did."""

from __future__ import annotations

from pathlib import Path

from cnnlab.core.project import DataSettings
from cnnlab.core.sources import SOURCES, Target
from cnnlab.engine import pictures
from cnnlab.engine.data import datasets
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.data.preparation import PreparationError
from cnnlab.engine.drawing import prepare_drawing
from cnnlab.engine.inference import Inspector, Request
from cnnlab.engine.looks import Drawing, Look, Picture, Seen
from cnnlab.engine.network import BuildError
from cnnlab.engine.paper import picture_as_drawing


class Eye:
    """Looks at one thing after another, for one thread."""

    def __init__(self) -> None:
        self._inspector = Inspector()

    def look(self, look: Look) -> Seen:
        """Prepare the input and record the network's answer."""
        if isinstance(look.source, Drawing):
            steps = prepare_drawing(look.source.raster)
            picture = steps.centred[None]
        else:
            steps, picture = None, look.source.pixels
        request = Request(
            look.graph, look.weights, look.seed, look.preprocessing, picture, look.strips, look.layer, look.learning
        )
        try:
            return Seen(self._inspector.record(request), picture, steps)
        except (BuildError, PreparationError) as error:
            return Seen(None, picture, steps, error.message)


def stored_picture(data: DataSettings, index: int, shape: tuple[int, int, int] | None = None) -> Picture:
    """One picture of the test split with its class, or the number that belongs to it. ``shape`` is ``datasets.load``'s."""
    loaded = datasets.load(data, shape, as_before=True)  # somebody turns pages, and waits for each
    test = loaded.test
    index %= len(test)
    return Picture(test.read([index])[0].numpy(), _answer(loaded, test.labels[index].item()))


def _answer(loaded: Dataset, label: float) -> str:
    if loaded.target is Target.NUMBER:
        return f"{label:.1f}{SOURCES[loaded.name].unit}"
    return loaded.classes[int(label)]


def picture_file(path: Path, shape: tuple[int, int, int], as_drawing: bool) -> Drawing | Picture:
    """A picture file: prepared as in evaluation, or as a drawing (inverted if bright, cropped, centred). ``shape`` is the data
    set's ``(C, H, W)``. Raises ``PictureError``."""
    opened = pictures.open_picture(path)
    if as_drawing:
        return Drawing(picture_as_drawing(opened))
    return Picture(pictures.fit_picture(opened, shape)[0].numpy())
