"""Digits painted onto the pad are recognised as well as the test pictures that they were painted from."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.engine.data import datasets
from cnnlab.engine.data.datasets import Dataset, PictureSet
from cnnlab.engine.data.picture_sets import Pictures
from cnnlab.engine.inspection.inspector import Inspector
from cnnlab.engine.inspection.looks import Input, Look
from cnnlab.engine.training.run import Run
from cnnlab.gui.inspect.draw_pad import DrawPad

DIGITS = 600


def first(pictures: Pictures, count: int) -> PictureSet:
    return PictureSet(pictures.images[:count], pictures.labels[:count])


@pytest.fixture(scope="module")
def data() -> Dataset:
    whole = datasets.load(DataSettings())
    return replace(
        whole, train=first(whole.train, 6400), validation=first(whole.validation, 200), test=first(whole.test, DIGITS)
    )


@pytest.fixture(scope="module")
def trained(data: Dataset) -> Project:
    project = changes.set_training(templates.BY_KEY["mnist"].build(), epochs=2, batch_size=32, seed=3)
    with closing(Run(project, data, device="cpu")) as run:
        for _event in run.events():
            pass
        return replace(project, weights=run.weights())


def answer(inspector: Inspector, project: Project, given: Input) -> int:
    seen = inspector.look(Look(project=project, input=given))
    assert seen.probabilities is not None
    return int(seen.probabilities.argmax())


def test_painted_digits_score_like_the_test_pictures(qtbot: QtBot, data: Dataset, trained: Project) -> None:
    pad = DrawPad()
    qtbot.addWidget(pad)
    drawn: list[np.ndarray] = []
    pad.changed.connect(drawn.append)
    inspector = Inspector()
    right_stored = right_painted = 0
    for image, label in zip(data.test.images, data.test.labels.tolist(), strict=True):
        pixels = image.numpy()
        right_stored += answer(inspector, trained, Input(pixels=pixels)) == label
        pad.set_raster(np.array(Image.fromarray(pixels[0]).resize((280, 280), Image.Resampling.BICUBIC)))
        right_painted += answer(inspector, trained, Input.drawn(drawn[-1])) == label
    assert right_stored > 0.9 * DIGITS
    assert abs(right_painted - right_stored) <= 0.01 * DIGITS


def test_stored_picture_is_prepared_as_in_evaluation(data: Dataset, trained: Project) -> None:
    from cnnlab.engine.data.preparation import prepare
    from cnnlab.engine.network import network, weights

    net = network.build(trained.graph).eval()
    weights.load(net, trained.weights, 0)
    with torch.inference_mode():
        logits = net(prepare(data.test.images[:20], trained.preprocessing, (1, 28, 28)))
    inspector = Inspector()
    for index in range(20):
        seen = inspector.look(Look(project=trained, input=Input(pixels=data.test.images[index].numpy())))
        assert seen.logits is not None
        np.testing.assert_allclose(seen.logits, logits[index].numpy(), rtol=1e-4, atol=1e-5)
