from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.core.runs.events import WeightsPublished
from cnnlab.engine.data.datasets import DataError, mnist
from cnnlab.engine.data.pictures import PictureError
from cnnlab.engine.inspection.prediction import Predictor
from cnnlab.engine.network import network, weights
from cnnlab.engine.network.network import BuildError
from cnnlab.engine.training import evaluation
from cnnlab.engine.training.run import Run


@pytest.fixture(scope="module")
def trained() -> Project:
    """One linear layer after an epoch, which reads nine digits of ten."""
    rows: list[templates.Layer] = [
        ("input", "input", {"height": 32, "width": 32}),
        ("flatten", "flatten", {}),
        ("linear", "fc", {"out_features": 10}),
        ("output", "output", {}),
    ]
    project = changes.set_training(templates.chain([rows]), epochs=1, batch_size=512, device="cpu")
    published = [event for event in Run(project, mnist()).events() if isinstance(event, WeightsPublished)]
    return replace(project, weights=published[-1].weights)


def saved(folder: Path, picture: np.ndarray, name: str = "picture.png") -> Path:
    Image.fromarray(picture).save(folder / name)
    return folder / name


def test_a_digit_in_a_file_is_predicted_as_it_is_in_the_test_set(trained: Project, tmp_path: Path) -> None:
    images = mnist().test.images[:25]
    net = network.build(trained.graph)
    weights.load(net, trained.weights, 0)
    as_probabilities, labels = evaluation.probabilities(net, images, trained.preprocessing).max(1)
    predictor = Predictor(trained)
    for image, share, label in zip(images, as_probabilities.tolist(), labels.tolist(), strict=True):
        prediction = predictor.predict(saved(tmp_path, image[0].numpy()))
        assert prediction.label == str(label)
        assert prediction.probability == pytest.approx(share, abs=1e-6)


def test_a_digit_on_paper_is_predicted_as_a_drawing(trained: Project, tmp_path: Path) -> None:
    test = mnist().test
    predictor, right = Predictor(trained), 0
    for image, label in zip(test.images[:20], test.labels[:20].tolist(), strict=True):
        ink = np.kron(image[0].numpy(), np.ones((6, 6)))
        paper = np.full((300, 260), 235, np.uint8)
        paper[20:188, 80:248] = 235 - ink * 0.8
        right += predictor.predict(saved(tmp_path, paper), as_drawing=True).label == str(label)
    assert right >= 17


def test_blank_paper_is_no_drawing(trained: Project, tmp_path: Path) -> None:
    blank = saved(tmp_path, np.full((90, 90), 200, np.uint8), "blank.png")
    with pytest.raises(PictureError, match=r"“blank\.png” shows nothing"):
        Predictor(trained).predict(blank, as_drawing=True)


def test_a_colour_picture_is_read_too_and_text_is_not(trained: Project, tmp_path: Path) -> None:
    colour = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    assert 0.1 <= Predictor(trained).predict(saved(tmp_path, colour)).probability <= 1
    (tmp_path / "text.png").write_text("text")
    with pytest.raises(PictureError):
        Predictor(trained).predict(tmp_path / "text.png")


def test_layers_without_weights_are_known(trained: Project) -> None:
    assert Predictor(trained).loaded.kept == ("fc",)
    forgotten = changes.forget_weights(trained)
    assert Predictor(forgotten).loaded.fresh == ("fc",)
    assert Predictor(changes.set_params(trained, "input", height=28)).loaded.restarted == ("fc",)


def test_a_network_that_cannot_answer_is_refused(trained: Project) -> None:
    with pytest.raises(BuildError):
        Predictor(templates.BY_KEY["empty"].build())
    with pytest.raises(BuildError, match="9"):
        Predictor(changes.set_params(trained, "fc", out_features=9))
    with pytest.raises(DataError, match="letters"):
        Predictor(replace(trained, data=DataSettings(source="letters")))
