"""Sizes, counts and outputs of the templates: as papers, torchvision and torch's own counter have them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnnlab.core import templates
from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.project import changes
from cnnlab.core.project.goals import Goal, goal
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone
from cnnlab.core.templates import TEMPLATES, Template
from cnnlab.engine.data.datasets import Dataset, PictureSet
from cnnlab.engine.data.preparation import prepare
from cnnlab.engine.importer import import_torchvision
from cnnlab.engine.network import shapes
from cnnlab.engine.network.network import Network
from cnnlab.engine.training.run import Run

NETWORKS = [template for template in TEMPLATES if template.key != "empty"]
EACH = pytest.mark.parametrize("template", NETWORKS, ids=lambda template: template.key)
OF_TORCHVISION = pytest.mark.parametrize(
    "template", [template for template in NETWORKS if template.torchvision], ids=lambda template: template.key
)
TRAINED_HERE = pytest.mark.parametrize(
    "template", [template for template in NETWORKS if template.trains_on], ids=lambda template: template.key
)


@EACH
def test_it_runs_and_the_counts_it_tells_are_right(template: Template) -> None:
    project = template.build()
    facts = shapes.infer(project.graph, goal(project))
    assert facts.problems == ()
    assert facts.trainable
    assert facts.of("input").output == template.shape
    assert facts.of("output").output == (template.outputs,)
    assert (facts.parameters, facts.macs) == (template.parameters, template.macs)


@pytest.mark.parametrize(
    ("key", "parameters"),
    [
        ("lenet5", 61_706),
        ("cifar10", 122_570),  # TensorFlow's tutorial on CIFAR-10 prints it
        ("alexnet-2012", 60_965_224),  # Caffe's reference model
        ("vgg16", 138_357_544),
        ("googlenet-2014", 6_998_552),  # Caffe's GoogLeNet, without the auxiliary classifiers
        ("googlenet", 6_624_904),
        ("resnet152", 60_192_808),
        ("resnet20", 269_722),  # 0.27 million in the paper
        ("densenet121", 7_978_856),
        ("squeezenet1_1", 1_235_496),
        ("mobilenet_v2", 3_504_872),
    ],
)
def test_the_counts_that_others_have_found(key: str, parameters: int) -> None:
    assert templates.BY_KEY[key].parameters == parameters


@pytest.mark.parametrize(
    ("key", "heights"),
    [
        ("mnist", [28, 26, 26, 13, 11, 11, 5, 3, 3, 1]),
        ("mnist-strided", [28, 13, 13, 6, 6, 2, 2]),
        ("mnist-fcn", [28, 26, 26, 13, 11, 11, 5, 3, 3, 3]),
        ("lenet5", [32, 28, 28, 14, 10, 10, 5, 1, 1]),
        ("cifar10", [32, 30, 30, 15, 13, 13, 6, 4, 4]),
        ("alexnet-2012", [227, *[55] * 3, *[27] * 4, *[13] * 7, 6]),
        ("zfnet", [224, 110, 110, 55, 55, 26, 26, *[13] * 8, 6]),
    ],
)
def test_the_heights_on_the_way(key: str, heights: list[int]) -> None:
    facts = shapes.infer(templates.BY_KEY[key].build().graph)
    maps = [output for uid in facts.order if len(output := facts.of(uid).output or ()) == 3]
    assert [height for _channels, height, _width in maps] == heights


def test_module_3a_has_the_weights_of_the_paper_s_table() -> None:
    facts = shapes.infer(templates.BY_KEY["googlenet-2014"].build().graph)
    biases = 64 + 96 + 128 + 16 + 32 + 32
    counted = sum(node.parameters for uid, node in facts.nodes.items() if uid.startswith("inception3a."))
    assert counted - biases == 163_328
    assert round(163_328 / 1024, 1) == 159.5


def test_splitting_a_kernel_saves_weights() -> None:
    naive, reduced, threes = (
        templates.BY_KEY[f"inception-{key}"].parameters for key in ("naive", "reduction", "two-3x3")
    )
    assert naive > reduced > threes


def test_the_empty_canvas_asks_for_a_wire_and_nothing_else() -> None:
    facts = shapes.infer(templates.BY_KEY["empty"].build().graph, Goal(outputs=10))
    assert [problem.uid for problem in facts.problems] == ["output"]
    assert not facts.trainable


def unallocated(template: Template) -> Network:
    """The network on torch's meta device."""
    graph = template.build().graph
    facts = shapes.infer(graph)
    with torch.device("meta"):
        return Network(graph, facts, facts.order).eval()


def torchvision_s(template: Template) -> nn.Module:
    has_heads = template.key in ("googlenet", "inception_v3")
    with torch.device("meta"):
        return torchvision.models.get_model(
            template.key, **({"aux_logits": False, "init_weights": False} if has_heads else {})
        ).eval()


@pytest.mark.slow
@EACH
def test_multiplications_are_as_torch_counts_them(template: Template) -> None:
    network = unallocated(template)
    with FlopCounterMode(display=False) as counter:
        network(torch.empty(1, *template.shape, device="meta"))
    assert counter.get_total_flops() == 2 * template.macs


@pytest.mark.slow
@OF_TORCHVISION
def test_names_and_sizes_and_their_order_are_torchvision_s(template: Template) -> None:
    ours, theirs = ({name: tensor.shape for name, tensor in module.state_dict().items()}
                    for module in (unallocated(template), torchvision_s(template)))  # fmt: skip
    assert list(ours.items()) == list(theirs.items())


def random_state(shapes_of: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under which the values neither vanish nor explode on the way."""
    generator = torch.Generator().manual_seed(0)

    def drawn(name: str, tensor: Tensor) -> Tensor:
        if tensor.dtype == torch.int64:
            return torch.zeros(tensor.shape, dtype=torch.int64)
        low, high = -0.1, 0.1
        if tensor.dim() > 1:
            high = math.sqrt(6 / tensor[0].numel())
            low = -high
        elif not name.endswith(("bias", "running_mean")):
            low, high = 0.5, 1.5
        return torch.empty(tensor.shape).uniform_(low, high, generator=generator)

    return {name: drawn(name, tensor) for name, tensor in shapes_of.items()}


@pytest.mark.slow
@OF_TORCHVISION
@torch.inference_mode()
def test_with_torchvision_s_weights_the_outputs_are_torchvision_s(template: Template) -> None:
    ours, theirs = unallocated(template), torchvision_s(template)
    state = random_state(theirs.state_dict())
    ours.load_state_dict(state, strict=True, assign=True)
    theirs.load_state_dict(state, strict=True, assign=True)
    size = 96  # heads pool to a fixed size, so it need not be the full one
    pictures = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    expected = theirs(pictures)
    assert expected.std() > 1e-4
    assert not torch.allclose(expected[0], expected[1], rtol=1e-3)
    torch.testing.assert_close(ours(pictures), expected)


def by_path(project: Project) -> tuple[object, ...]:
    """All but uids, which an import draws at random."""
    nodes = project.graph.by_uid
    wires = {(nodes[w.source].path, w.source_port, nodes[w.target].path, w.target_port) for w in project.graph.wires}
    return {node.path: (node.type, node.params) for node in nodes.values()}, wires, project.layout.blocks


@pytest.mark.slow
@pytest.mark.parametrize(
    "key", ["googlenet", "inception_v3", "resnet18", "resnet50", "squeezenet1_1", "mobilenet_v2"]
)  # of DenseNet the templates draw fewer wires, which they say; the others have the same code as these, or are slow to make
def test_an_import_of_torchvision_s_model_is_the_template(key: str) -> None:
    assert by_path(import_torchvision(key)) == by_path(templates.BY_KEY[key].build())


@pytest.mark.slow
@TRAINED_HERE
def test_it_trains(template: Template) -> None:
    generator = torch.Generator().manual_seed(0)
    wanted = SOURCES[template.data]

    def drawn(count: int) -> PictureSet:
        images = torch.randint(0, 256, (count, *wanted.shape), generator=generator, dtype=torch.uint8)
        answers = torch.arange(count) % max(len(wanted.classes), 1)
        return PictureSet(images, answers.float() if wanted.target is Target.NUMBER else answers)

    data = Dataset(template.data, wanted.target, wanted.classes, drawn(16), drawn(2), drawn(2))
    project = changes.set_training(template.build(), epochs=1, batch_size=8, device="cpu")
    batches = [event for event in Run(project, data).events() if isinstance(event, BatchDone)]
    assert len(batches) == 2
    assert all(math.isfinite(batch.loss) for batch in batches)


@EACH
def test_a_grey_drawing_fits_its_input(template: Template) -> None:
    digit = torch.full((1, 1, 28, 28), 128, dtype=torch.uint8)
    prepared = prepare(digit, template.build().preprocessing, template.shape)
    assert prepared.shape == (1, *template.shape)
