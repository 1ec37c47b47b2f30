from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from torch.nn import functional as F

from cnnlab.core import templates
from cnnlab.core.metrics import Metrics
from cnnlab.core.project import Project, Weights
from cnnlab.engine import network, weights
from cnnlab.engine.data.datasets import PictureSet, mnist
from cnnlab.engine.data.preparation import prepare
from cnnlab.engine.network import Network
from cnnlab.engine.training.evaluation import BATCH, evaluate, input_shape, measure, probabilities


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def dropping() -> Project:
    """A network whose answers differ between training and evaluation mode."""
    rows: list[templates.Layer] = [
        ("input", "input", {}),
        ("conv2d", "conv", {"out_channels": 4, "stride": 3}),
        ("batchnorm2d", "norm", {}),
        ("dropout", "drop", {}),
        ("flatten", "flatten", {}),
        ("linear", "fc", {"out_features": 10}),
        ("output", "output", {}),
    ]
    return templates.chain([rows])


def ready(project: Project) -> Network:
    net = network.build(project.graph)
    weights.load(net, Weights(), 0)
    return net


def pictures(count: int) -> PictureSet:
    test = mnist().test
    return PictureSet(test.images[:count], test.labels[:count])


@pytest.mark.parametrize("count", [1, BATCH, 2 * BATCH + 7])
def test_the_score_is_that_of_one_pass_over_all_pictures(count: int) -> None:
    project, some = dropping(), pictures(count)
    net = ready(project).eval()
    with torch.no_grad():
        logits = net(prepare(some.images, project.preprocessing, (1, 28, 28)))
    score = evaluate(net, some, project.preprocessing)
    assert score.loss == pytest.approx(F.cross_entropy(logits, some.labels).item(), rel=1e-5)
    assert score.accuracy == (logits.argmax(1) == some.labels).sum().item() / count


def test_measuring_tells_how_far_it_is_and_leaves_mode_gradients_and_means_alone() -> None:
    project = dropping()
    net = ready(project).train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    measuring = measure(net, pictures(2 * BATCH + 7), project.preprocessing)
    done = []
    for count in measuring:
        done.append(count)
        assert net.training
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
    assert done == [BATCH, 2 * BATCH, 2 * BATCH + 7]
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_no_pictures_have_no_score() -> None:
    score = evaluate(ready(dropping()), pictures(0), dropping().preprocessing)
    assert score == Metrics()
    assert math.isnan(score.loss)
    assert math.isnan(score.accuracy)


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    project = dropping()
    net, images = ready(project).train(), pictures(5).images
    shares = probabilities(net, images, project.preprocessing)
    with torch.no_grad():
        logits = net.eval()(prepare(images, project.preprocessing, (1, 28, 28))).double()
    expected = logits.exp() / logits.exp().sum(1, keepdim=True)
    torch.testing.assert_close(shares.double(), expected, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(shares.sum(1), torch.ones(5))


def test_the_input_shape_is_what_the_input_node_says() -> None:
    assert input_shape(templates.BY_KEY["lenet5"].build().graph) == (1, 32, 32)


def test_smaller_pictures_are_prepared_to_the_size_of_the_input() -> None:
    project = templates.BY_KEY["lenet5"].build()
    assert probabilities(ready(project), pictures(3).images, project.preprocessing).shape == (3, 10)
