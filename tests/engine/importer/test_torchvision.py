"""torchvision's classification CNNs as layers: the same keys, the same counts, exactly the same numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from cnnlab.core.project.goals import Goal
from cnnlab.core.project.project import Project
from cnnlab.engine import importer
from cnnlab.engine.importer import ImportRefused, import_module, import_torchvision
from cnnlab.engine.importer.torchvision_models import Blank, title
from cnnlab.engine.network import network, shapes, weights

NAMES = importer.names()
HEADLESS = ("googlenet", "inception_v3")
SMALLEST = {"inception_v3": 75}
"""Pixels of a picture that is just large enough, where 64 are not."""
LARGE = {
    *("convnext_base", "convnext_large", "convnext_small", "efficientnet_b5", "efficientnet_b6", "efficientnet_b7"),
    *("densenet161", "densenet169", "densenet201", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4"),
    *("efficientnet_v2_l", "efficientnet_v2_m", "regnet_x_16gf", "regnet_x_32gf", "regnet_y_128gf", "regnet_y_16gf"),
    *("regnet_y_32gf", "regnet_x_8gf", "regnet_y_8gf", "resnet101", "resnet152", "resnext101_32x8d", "resnext101_64x4d"),
    *("vgg11", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "wide_resnet101_2", "wide_resnet50_2"),
}  # fmt: skip
"""Whose numbers are compared in the soak tests only; each has a smaller relative among the others."""


def options(name: str) -> dict[str, Any]:
    return {"aux_logits": False, "init_weights": False, "transform_input": True} if name in HEADLESS else {}


def theirs(name: str) -> nn.Module:
    """torchvision's module with ten classes, and running averages that are not just zeros and ones."""
    torch.manual_seed(1)
    module = models.get_model(name, num_classes=10, **options(name))
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            assert part.running_mean is not None
            assert part.running_var is not None
            part.running_mean.normal_(0, 0.1)
            part.running_var.uniform_(0.5, 1.5)
    return module


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def difference(first: Tensor, second: Tensor) -> float:
    return float((first - second).abs().max())


def compare(name: str) -> None:
    """Outputs and counts of torchvision's module and of the network built from its import, in evaluation and training."""
    module = theirs(name)
    side = SMALLEST.get(name, 64)
    pictures = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(2))
    project = import_module(module, pictures)
    ours = network.build(project.graph)
    ours.load_state_dict(module.state_dict(), strict=True)
    assert list(ours.state_dict()) == list(module.state_dict())  # optimisers and old checkpoints go by this order
    assert count(ours) == count(module) == shapes.infer(project.graph).parameters
    assert not project.note
    with torch.no_grad():
        assert difference(ours.eval()(pictures), module.eval()(pictures)) == 0
        answers = []
        for network_ in (ours.train(), module.train()):
            torch.manual_seed(3)  # dropout draws the same in both: the same calls in the same order
            answers.append(network_(pictures))
    assert difference(*answers) == 0
    after = module.state_dict()
    assert not [key for key, tensor in ours.state_dict().items() if not torch.equal(tensor, after[key])]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name not in LARGE])
def test_an_imported_network_computes_exactly_what_torchvision_does(name: str) -> None:
    compare(name)


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(LARGE))
def test_a_large_one_does_too(name: str) -> None:
    compare(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LARGE))
def test_a_large_one_has_the_same_keys_sizes_and_counts(name: str) -> None:
    project = import_torchvision(name)
    with Blank("meta"):
        module = models.get_model(name)
    ours = {
        key(project, uid, tensor): shape
        for uid, tensors in weights.tensor_shapes(project.graph).items()
        for tensor, shape in tensors.items()
    }
    assert ours == {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}
    assert shapes.infer(project.graph).parameters == count(module)


@pytest.mark.soak
@pytest.mark.parametrize("name", NAMES)
def test_macs_are_what_torch_counts(name: str) -> None:
    graph = import_torchvision(name).graph
    facts = shapes.infer(graph)
    with torch.device("meta"):
        ours = network.Network(graph, facts, facts.order).eval()
        picture = torch.empty(1, *(facts.of(facts.order[0]).output or ()))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        ours(picture)
    assert counter.get_total_flops() == 2 * facts.macs


def key(project: Project, uid: str, tensor: str) -> str:
    node = project.graph.by_uid[uid]
    return node.path if node.type == "scale" else f"{node.path}.{tensor}"


def test_there_are_68_and_no_transformers() -> None:
    assert len(NAMES) == 68
    assert {"resnet152", "regnet_y_128gf", "convnext_tiny", "googlenet"} <= set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters", "side"),
    [("googlenet", 6_624_904, 224), ("inception_v3", 23_834_568, 299), ("efficientnet_b0", 5_288_548, 224)],
)
def test_without_weights_nothing_is_made_and_auxiliary_heads_are_gone(name: str, parameters: int, side: int) -> None:
    project = import_torchvision(name)
    assert not project.weights.nodes
    facts = shapes.infer(project.graph, Goal(outputs=1000))
    assert facts.parameters == parameters
    assert not facts.blocking
    (entry,) = project.graph.of_type("input")
    assert (entry.params["height"], entry.params["width"]) == (side, side)
    assert project.title == title(name)
    assert project.data.source == "imagenet"
    assert project.preprocessing.mean == (0.485, 0.456, 0.406)
    assert project.preprocessing.fit == "resize"


def test_its_paths_blocks_and_names_are_torchvisions() -> None:
    project = import_torchvision("resnet18")
    paths = [node.path for node in project.graph.nodes]
    start = ["input", "conv1", "bn1", "relu", "maxpool", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu"]
    assert paths[: len(start)] == start
    assert paths[len(start) : len(start) + 4] == ["layer1.0.conv2", "layer1.0.bn2", "layer1.0.add", "layer1.0.relu_1"]
    assert paths[-4:] == ["avgpool", "flatten", "fc", "output"]
    assert project.graph.by_path["fc"].params["out_features"] == 1000
    assert project.layout.blocks["layer1.0"].kind == "BasicBlock"
    assert "layer1" not in project.layout.blocks  # a Sequential
    assert set(project.layout.positions) == set(project.graph.by_uid)


@pytest.mark.slow
def test_the_change_of_the_input_is_one_layer() -> None:
    module = models.get_model("googlenet", num_classes=3, **options("googlenet"))
    graph = import_module(module, torch.zeros(1, 3, 64, 64)).graph
    (change,) = graph.of_type("normalise")
    assert change.params["scale"] == pytest.approx((0.229 / 0.5, 0.224 / 0.5, 0.225 / 0.5))
    assert change.params["shift"] == pytest.approx((-0.03, -0.088, -0.188))


def test_weights_come_with_what_they_were_trained_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = models.GoogLeNet_Weights.IMAGENET1K_V1
    torch.manual_seed(0)
    whole = models.googlenet(aux_logits=True, init_weights=False)
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))  # where a download would have put them
    (tmp_path / "checkpoints").mkdir()
    torch.save(whole.state_dict(), tmp_path / "checkpoints" / Path(entry.url).name)

    project = import_torchvision("googlenet", "DEFAULT")

    assert project.graph.of_type("normalise")
    held = project.weights.nodes[project.graph.by_path["inception4a.branch3.1.conv"].uid]["weight"]
    np.testing.assert_array_equal(held, whole.inception4a.branch3[1].conv.weight.detach().numpy())
    assert not held.flags.writeable
    assert not [node.path for node in project.graph.nodes if node.path.startswith("aux")]


def test_a_download_that_fails_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_arguments: object, **_options: Any) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    with pytest.raises(ImportRefused, match=r"could not be downloaded .*no route to host.*Nothing was changed"):
        import_torchvision("squeezenet1_1", "DEFAULT")


def test_names_that_are_not_there_are_told_with_those_that_are() -> None:
    with pytest.raises(ImportRefused, match=r"no classification CNN called “maxvit_t”\.$"):
        import_torchvision("maxvit_t")
    with pytest.raises(ImportRefused, match=r"“ResNet51”\. Similar names: resnet50, resnet18, "):
        import_torchvision("ResNet51")
    with pytest.raises(ImportRefused, match="Choose one of: IMAGENET1K_V1, IMAGENET1K_V2"):
        import_torchvision("resnet50", "IMAGENET21K")
