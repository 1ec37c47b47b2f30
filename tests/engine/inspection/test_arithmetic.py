"""The explained sum equals what torch computed, for every kind of convolution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.core import catalog
from cnnlab.engine.inspection import arithmetic
from cnnlab.engine.network import layers, shapes
from cnnlab.engine.network.weights import initialise

CONV = catalog.BY_KEY["conv2d"]


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[int, int, int]]:
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    params: dict[str, Any] = {
        "out_channels": groups * draw(st.integers(1, 3)),
        "kernel_size": (draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        "stride": (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        "padding": draw(st.sampled_from([(0, 0), (1, 2), (2, 1), "same"])),
        "dilation": (draw(st.integers(1, 2)), draw(st.integers(1, 2))),
        "groups": groups,
        "padding_mode": draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
        "bias": draw(st.booleans()),
    }
    if params["padding"] == "same":
        params["stride"] = (1, 1)
    return params, (groups * draw(st.integers(1, 3)), draw(st.integers(8, 11)), draw(st.integers(8, 11)))


@given(convolutions(), st.data())
@settings(max_examples=150)
def test_sum_equals_recorded_output(case: tuple[dict[str, Any], tuple[int, int, int]], data: st.DataObject) -> None:
    values, size = case
    params = CONV.normal(values)
    if shapes.probe(CONV, params, (size,)).why:
        return
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 10)))
    module = layers.make(CONV, params, (size,))
    initialise(module, generator)
    picture = torch.randn(1, *size, generator=generator)
    with torch.no_grad():
        maps = module(picture)[0].numpy()
    pixel: Any = tuple(data.draw(st.integers(0, length - 1)) for length in maps.shape)
    bias = module.bias.detach().numpy() if module.bias is not None else None
    found = arithmetic.explain(params, module.weight.detach().numpy(), bias, picture[0].numpy(), maps, pixel)
    assert found.result == pytest.approx(float(maps[pixel]), abs=1e-5)
    assert found.recorded == float(maps[pixel])
    assert len(found.sums) == size[0] // params["groups"] == len(found.channels)
    # The window holds the picture's own numbers wherever it lies on the picture.
    for i, row in enumerate(found.rows):
        for j, column in enumerate(found.columns):
            if found.inside[i, j]:
                np.testing.assert_array_equal(
                    found.windows[:, i, j], picture[0].numpy()[list(found.channels), row, column]
                )


def test_pixel_outside_the_map_is_an_error() -> None:
    params = CONV.normal({"out_channels": 1})
    maps, picture = np.zeros((1, 2, 2), np.float32), np.zeros((1, 4, 4), np.float32)
    with pytest.raises(IndexError):
        arithmetic.explain(params, np.zeros((1, 1, 3, 3), np.float32), None, picture, maps, (0, 2, 0))
