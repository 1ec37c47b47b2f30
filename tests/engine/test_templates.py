"""Sizes and counts of the templates, as the lecture notes and LeCun's paper have them."""

from __future__ import annotations

import pytest

from cnnlab.core import templates
from cnnlab.core.project import SOURCES
from cnnlab.engine import shapes

CLASSES = len(SOURCES["mnist"].classes)


@pytest.mark.parametrize(
    ("key", "parameters", "heights"),
    [
        ("mnist", 110_474, [28, 26, 26, 13, 11, 11, 5, 3, 3, 1]),
        ("mnist-strided", 159_626, [28, 13, 13, 6, 6, 2, 2]),
        ("lenet5", 61_706, [32, 28, 28, 14, 10, 10, 5, 1, 1]),
    ],
)
def test_sizes_and_parameters(key: str, parameters: int, heights: list[int]) -> None:
    graph = templates.BY_KEY[key].build().graph
    facts = shapes.infer(graph, CLASSES)
    assert not facts.problems
    assert facts.trainable
    assert facts.parameters == parameters
    maps = [output for uid in facts.order if len(output := facts.of(uid).output or ()) == 3]
    assert [height for _channels, height, _width in maps] == heights
    assert facts.of("output").output == (10,)


def test_the_empty_canvas_asks_for_a_wire_and_nothing_else() -> None:
    facts = shapes.infer(templates.BY_KEY["empty"].build().graph, CLASSES)
    assert [problem.uid for problem in facts.problems] == ["output"]
    assert not facts.trainable
