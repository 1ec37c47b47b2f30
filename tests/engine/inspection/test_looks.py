"""An input knows where it is from, and so whether it is still what the project would have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from cnnlab.core import templates
from cnnlab.core.project.project import DataSettings
from cnnlab.engine.inspection.looks import Input


def test_an_input_is_read_anew_only_where_the_project_would_have_another_one() -> None:
    project = templates.BY_KEY["mnist"].build()
    elsewhere = replace(project, data=DataSettings("mnist", folder="elsewhere"))
    other = replace(project, data=DataSettings("cifar10"))
    drawing = Input.drawn(np.zeros((280, 280), np.uint8))
    stored = Input.stored(project, 3)
    file, paper = (Input.of_file(project, Path("a.png"), as_drawing) for as_drawing in (False, True))
    for given in (drawing, stored, file, paper):
        assert given.of(project) is given
    for given in (drawing, paper):
        assert given.of(other) is given
    assert file.of(other).shape == (3, 32, 32)
    assert file.of(other).pixels is None
    assert stored.of(other) is stored, "another set has another picture of that number"
    anew = stored.of(elsewhere)
    assert anew.data is not None
    assert (anew.index, anew.data.folder) == (3, "elsewhere")
