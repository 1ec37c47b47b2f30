"""The networks of the gallery and of torchvision, exported."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import torch
from exported import check_lines, module_of, pictures, ruff, twins

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.codegen import Code, export_code
from cnnlab.engine.importer import import_torchvision, names
from cnnlab.engine.importer.published import published
from cnnlab.engine.network import state

pytestmark = pytest.mark.slow

MAX_PARAMETERS = 15_000_000
"""What networks with more of them compute is compared in the slow tests only; the names and sizes of tensors always are."""
KEYS = [template.key for template in templates.TEMPLATES if template.key != "empty"]
LARGE_KEYS = [key for key in KEYS if templates.BY_KEY[key].parameters > MAX_PARAMETERS]
LARGE_NAMES = [name for name in names() if published(name).parameters > MAX_PARAMETERS]
OF_EACH_FAMILY = (
    "alexnet", "vgg11_bn", "googlenet", "inception_v3", "resnet18", "resnext50_32x4d", "densenet121", "squeezenet1_0",
    "mobilenet_v2", "mobilenet_v3_small", "mnasnet0_5", "shufflenet_v2_x0_5", "efficientnet_b0", "regnet_y_400mf",
    "convnext_tiny",
)  # fmt: skip


def check(project: Project) -> Code:
    """The code of ``project``, which is the network: same tensors, and for the smaller ones the same outputs."""
    code = export_code(project)
    check_lines(project, code)
    places = state.places(project.graph)
    with torch.device("meta"):
        made = module_of(code.text)
    assert {key: tuple(tensor.shape) for key, tensor in made.state_dict().items()} == {
        key: at.shape for key, at in places.items()
    }
    if sum(parameter.numel() for parameter in made.parameters()) <= MAX_PARAMETERS:
        assert difference(project, code) == 0
    return code


@torch.no_grad()
def difference(project: Project, code: Code) -> float:
    """The largest one between the logits of ``project`` and those of its code, for one picture."""
    network, exported = twins(project, code)
    x = pictures(project, 1)
    return float((exported.eval()(x) - network.eval()(x)).abs().max())


def with_a_small_picture(project: Project) -> Project:
    """For 75 × 75 pixels, the least that Inception v3 can take, where the layers stay as they are."""
    small = changes.set_params(project, project.graph.of_type("input")[0].uid, height=75, width=75)
    return small if state.places(small.graph) == state.places(project.graph) else project


@pytest.mark.parametrize("key", KEYS)
def test_a_template_is_its_code(key: str) -> None:
    check(templates.BY_KEY[key].build())


@pytest.mark.process
@pytest.mark.parametrize(
    "name", [name if name in OF_EACH_FAMILY else pytest.param(name, marks=pytest.mark.soak) for name in names()]
)
def test_a_network_of_torchvision_is_its_code(name: str, tmp_path: Path) -> None:
    code = check(import_torchvision(name))
    (tmp_path / f"{name}.py").write_text(code.text, encoding="utf-8")
    assert ruff(tmp_path) == ""


@pytest.mark.soak
@pytest.mark.parametrize("key", LARGE_KEYS)
def test_a_large_template_computes_what_its_code_does(key: str) -> None:
    project = with_a_small_picture(templates.BY_KEY[key].build())
    assert difference(project, export_code(project)) == 0


@pytest.mark.soak
@pytest.mark.parametrize("name", LARGE_NAMES)
def test_a_large_network_of_torchvision_computes_what_its_code_does(name: str) -> None:
    project = with_a_small_picture(import_torchvision(name))
    assert difference(project, export_code(project)) == 0


@pytest.mark.process
def test_the_code_of_all_templates_is_clean(tmp_path: Path) -> None:
    for key in KEYS:
        text = export_code(templates.BY_KEY[key].build()).text
        (tmp_path / f"{key.replace('-', '_')}.py").write_text(text, encoding="utf-8")
    assert ruff(tmp_path) == ""


@pytest.mark.parametrize(
    ("name", "max_lines", "classes"),
    [
        ("resnet18", 100, ["BasicBlock", "ResNet18"]),
        ("resnet152", 150, ["Bottleneck", "ResNet152"]),
        ("googlenet", 150, ["BasicConv2d", "Inception", "GoogLeNet"]),
        ("vgg16", 80, ["VGG16"]),
        ("mobilenet_v2", 120, ["Conv2dNormActivation", "InvertedResidual", "InvertedResidual2", "MobileNetV2"]),
    ],
)
def test_equal_blocks_share_their_class(name: str, max_lines: int, classes: list[str]) -> None:
    text = export_code(import_torchvision(name)).text
    lines = text.splitlines()
    assert len(lines) < max_lines
    assert [line.split("(")[0].removeprefix("class ") for line in lines if line.startswith("class ")] == classes


def test_resnet_152_repeats_its_blocks_in_loops() -> None:
    text = export_code(import_torchvision("resnet152")).text
    assert "*[Bottleneck(1024, 256) for _ in range(35)]," in text
    assert "Bottleneck(512, 256, stride=2, downsample=True)," in text
    assert text.count("Bottleneck(") == 1 + 10  # the class, and its blocks in four stages


def test_a_large_network_is_exported_while_one_looks() -> None:
    project = templates.BY_KEY["resnet152"].build()
    export_code(project)  # the first time sizes are worked out and signatures looked up

    def seconds() -> float:
        start = time.process_time()
        export_code(project)
        return time.process_time() - start

    assert min(seconds() for _attempt in range(3)) < 0.2
