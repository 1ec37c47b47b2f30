from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest
import torch
from torch.nn import functional as F

from cnnlab.core import templates
from cnnlab.core.data.sources import Target
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.training.metrics import Metrics
from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.data.picture_sets import PictureSet
from cnnlab.engine.data.preparation import input_shape, prepare
from cnnlab.engine.network import network, weights
from cnnlab.engine.network.network import Network
from cnnlab.engine.training.evaluation import Measurement, as_probabilities, evaluate, probabilities
from cnnlab.engine.training.losses import Loss
from cnnlab.engine.training.run_memory import AT_A_TIME


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


@pytest.mark.parametrize("count", [1, AT_A_TIME, 2 * AT_A_TIME + 7])
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
    measuring = Measurement(net, pictures(2 * AT_A_TIME + 7), project.preprocessing)
    done = []
    for count in measuring:
        done.append(count)
        assert net.training
        assert torch.is_grad_enabled()
        assert not torch.is_inference_mode_enabled()
    assert done == [AT_A_TIME, 2 * AT_A_TIME, 2 * AT_A_TIME + 7]
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_no_pictures_have_no_score() -> None:
    score = evaluate(ready(dropping()), pictures(0), dropping().preprocessing)
    assert score == Metrics()
    assert score.loss is None
    assert score.accuracy is None


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    project = dropping()
    net, images = ready(project).train(), pictures(5).images
    as_probabilities = probabilities(net, images, project.preprocessing)
    with torch.no_grad():
        logits = net.eval()(prepare(images, project.preprocessing, (1, 28, 28))).double()
    expected = logits.exp() / logits.exp().sum(1, keepdim=True)
    torch.testing.assert_close(as_probabilities.double(), expected, rtol=1e-5, atol=1e-7)
    torch.testing.assert_close(as_probabilities.sum(1), torch.ones(5))


def test_the_input_shape_is_what_the_input_node_says() -> None:
    assert input_shape(templates.BY_KEY["lenet5"].build().graph) == (1, 32, 32)


def test_smaller_pictures_are_prepared_to_the_size_of_the_input() -> None:
    project = templates.BY_KEY["lenet5"].build()
    assert probabilities(ready(project), pictures(3).images, project.preprocessing).shape == (3, 10)


def with_outputs(count: int, last: str = "identity") -> Project:
    rows: list[templates.Layer] = [
        ("input", "input", {}),
        ("flatten", "flatten", {}),
        ("linear", "fc", {"out_features": count}),
        (last, "last", {}),
        ("output", "output", {}),
    ]
    return templates.chain([rows])


def answers(net: Network, project: Project, some: PictureSet) -> torch.Tensor:
    with torch.no_grad():
        return net.eval()(prepare(some.images, project.preprocessing, (1, 28, 28)))


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (Target.CLASSES, "nll"),
        (Target.CLASSES, "hinge"),
        (Target.BINARY, "binary_cross_entropy"),
        (Target.NUMBER, "mae"),
    ],
)
def test_every_task_has_its_loss_and_its_figures(target: Target, name: str) -> None:
    project = with_outputs(10 if target is Target.CLASSES else 1, "logsoftmax" if name == "nll" else "identity")
    some = pictures(AT_A_TIME + 30)
    if target is Target.BINARY:
        some = PictureSet(some.images, (some.labels == 7).long())
    if target is Target.NUMBER:
        some = PictureSet(some.images, some.labels.float() * 4)
    net, loss = ready(project), Loss(name)
    outputs = answers(net, project, some)
    brief = evaluate(net, some, project.preprocessing, loss=loss, target=target)
    full = evaluate(net, some, project.preprocessing, loss=loss, target=target, full=True)
    assert full.count == brief.count == len(some)
    for measured in (brief, full):
        assert measured.loss == pytest.approx(loss(outputs, some.labels).item(), rel=1e-5)
    if target is Target.NUMBER:
        assert full.accuracy is None
        assert full.error == brief.error == pytest.approx((outputs[:, 0] - some.labels).abs().mean().item(), rel=1e-5)
        assert [true for true, _predicted in full.pairs] == some.labels.tolist()
    else:
        assert full.error is None
        assert full.accuracy == brief.accuracy
        assert sum(full.confusion[number][number] for number in range(len(full.classes))) / len(some) == full.accuracy
        assert sum(figures.support for figures in full.classes) == len(some)
    assert brief.classes == brief.confusion == brief.pairs == brief.top_k == ()


def test_the_likeliest_class_is_the_first_of_the_likeliest() -> None:
    project = with_outputs(10)
    figures = evaluate(ready(project), pictures(300), project.preprocessing, full=True)
    assert dict(figures.top_k)[1] == pytest.approx(figures.accuracy)
    assert dict(figures.top_k)[5] >= dict(figures.top_k)[1]


def test_the_loss_of_weighted_classes_is_the_weighted_mean_over_all_pictures() -> None:
    project, some = with_outputs(10), pictures(2 * AT_A_TIME + 7)
    net, weight = ready(project), torch.arange(1.0, 11.0)
    expected = F.cross_entropy(answers(net, project, some), some.labels, weight).item()
    measured = evaluate(net, some, project.preprocessing, loss=Loss("cross_entropy", weights=weight))
    assert measured.loss == pytest.approx(expected, rel=1e-5)


def test_pictures_that_are_read_one_by_one_measure_the_same() -> None:
    class Read:
        """Pictures without a tensor of all of them, like those of a folder."""

        def __init__(self, whole: PictureSet) -> None:
            self._whole = whole
            self.labels, self.shape = whole.labels, whole.shape

        def __len__(self) -> int:
            return len(self._whole)

        def read(self, indices: Sequence[int]) -> torch.Tensor:
            return self._whole.read(indices)

    project, some = with_outputs(10), pictures(AT_A_TIME + 1)
    net = ready(project)
    held, read = (evaluate(net, each, project.preprocessing, full=True) for each in (some, Read(some)))
    assert held == read


def test_a_frozen_norm_stays_at_rest_after_measuring() -> None:
    project = dropping()
    net = ready(project).train()
    norm = net.module(project.graph.by_path["norm"].uid).eval()
    evaluate(net, pictures(3), project.preprocessing)
    assert net.training
    assert not norm.training


@pytest.mark.process
def test_figures_need_no_package_that_only_tests_have() -> None:
    text = (
        "import sys, torch\n"
        "sys.modules['torchmetrics'] = None  # cannot be imported\n"
        "from cnnlab.core import templates\n"
        "from cnnlab.engine.network import network, weights\n"
        "from cnnlab.engine.data.picture_sets import PictureSet\n"
        "from cnnlab.engine.training import range_test, run\n"
        "from cnnlab.engine.training.evaluation import evaluate\n"
        "project = templates.BY_KEY['mnist'].build()\n"
        "net = network.build(project.graph)\n"
        "weights.load(net, project.weights, 0)\n"
        "some = PictureSet(torch.zeros(2, 1, 28, 28, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64))\n"
        "assert evaluate(net, some, project.preprocessing, full=True).classes[0].support == 2\n"
    )
    subprocess.run([sys.executable, "-c", text], check=True, timeout=120)


def test_a_single_logit_stands_for_two_classes() -> None:
    both = as_probabilities(torch.tensor([[0.0], [30.0], [-200.0]]))
    assert torch.allclose(both, torch.tensor([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]]))
    assert both[1, 0] > 0, "as exact for the one as for the other"
