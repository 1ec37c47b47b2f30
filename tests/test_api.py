"""The Python interface, as a script uses it. What each piece promises in detail is tested beside the piece."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import cnnlab
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.project.project import DataSettings
from cnnlab.engine.data import datasets


@pytest.mark.process
def test_every_name_is_at_the_top_and_importing_the_package_is_light() -> None:
    code = (
        "import sys, cnnlab; assert 'cnnlab.core' not in sys.modules; "
        "from cnnlab import template; template('mnist'); assert set(cnnlab.api.__all__) <= set(dir(cnnlab)); "
        "assert not {'torch', 'numpy', 'PySide6', 'networkx'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(cnnlab.__file__).parents[1])
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cnnlab.nothing  # noqa: B018


@pytest.mark.parametrize("name", cnnlab.templates())
def test_a_template_is_a_project(name: str) -> None:
    assert cnnlab.template(name) == cnnlab.template(name)


def test_sizes_are_in_the_order_of_execution_by_path() -> None:
    sizes = cnnlab.shapes(cnnlab.template("mnist"))
    assert next(iter(sizes.items())) == ("input", (1, 28, 28))
    assert sizes["conv1"] == (32, 26, 26)
    assert list(sizes)[-1] == "output"
    assert sizes["fc2"] == (10,)


def test_a_network_is_built_from_the_projects_weights_or_from_its_seed() -> None:
    project = cnnlab.template("mnist")
    first, second = cnnlab.build(project), cnnlab.build(project)
    pictures = torch.rand(3, 1, 28, 28)
    assert torch.equal(first(pictures), second(pictures))
    assert sum(parameter.numel() for parameter in first.parameters()) == 110_474
    assert "conv1.weight" in first.state_dict()


def test_a_file_holds_the_project(tmp_path: Path) -> None:
    project = cnnlab.rename(cnnlab.template("lenet5"), "c1", "first")
    cnnlab.save(project, tmp_path / "a.cnnlab")
    assert cnnlab.load(str(tmp_path / "a.cnnlab")) == project


def test_edits_make_new_projects_and_leave_the_old_one() -> None:
    start = cnnlab.template("empty")
    project = cnnlab.add(start, "conv2d", "conv", out_channels=8)
    project = cnnlab.connect(project, "input", "conv")
    project = cnnlab.add(project, "globalavgpool", "pool", after="conv")
    project = cnnlab.add(project, "linear", "fc", after="pool", out_features=10)
    project = cnnlab.connect(project, "fc", "output")
    assert not cnnlab.problems(project)
    assert list(cnnlab.shapes(project)) == ["input", "conv", "pool", "fc", "output"]
    narrow = cnnlab.set_params(project, "conv", out_channels=4, kernel_size=5)
    assert cnnlab.shapes(narrow)["conv"] == (4, 24, 24)
    assert cnnlab.shapes(project)["conv"] == (8, 26, 26)
    assert cnnlab.remove(project, "conv", "pool", "fc").graph == start.graph
    assert len(cnnlab.disconnect(project, "conv", "pool").graph.wires) == 3
    assert start == cnnlab.template("empty")


def test_a_layer_goes_into_every_wire_after_another_and_a_join_takes_the_next_port() -> None:
    project = cnnlab.template("empty")
    for name in ("a", "b"):
        project = cnnlab.connect(cnnlab.add(project, "conv2d", name), "input", name)
    project = cnnlab.add(project, "add", "sum")
    project = cnnlab.connect(cnnlab.connect(project, "a", "sum"), "b", "sum")
    project = cnnlab.add(project, "identity", "between", after="input")
    uid = {node.path: node.uid for node in project.graph.nodes}
    assert set(project.graph.wires) == {
        Wire(uid["input"], uid["between"]),
        Wire(uid["between"], uid["a"]),
        Wire(uid["between"], uid["b"]),
        Wire(uid["a"], uid["sum"], 0, 0),
        Wire(uid["b"], uid["sum"], 0, 1),
    }
    places = list(project.layout.positions.values())
    assert len(set(places)) == len(places)


def test_a_join_takes_the_first_port_that_is_free() -> None:
    project = cnnlab.add(cnnlab.template("mnist"), "concatenate", "cat")
    project = cnnlab.connect(project, "conv1", "cat", target_port=2)
    for source in ("relu1", "pool1", "conv2"):
        project = cnnlab.connect(project, source, "cat")
    path = {node.uid: node.path for node in project.graph.nodes}
    wires = project.graph.incoming(project.graph.by_path["cat"].uid)
    assert [(path[wire.source], wire.target_port) for wire in wires] == [
        ("relu1", 0), ("pool1", 1), ("conv1", 2), ("conv2", 3),
    ]  # fmt: skip


MNIST = cnnlab.template("mnist")
SPLIT = cnnlab.add(MNIST, "split", "halves", after="pool1")


@pytest.mark.parametrize(
    ("edit", "sentences"),
    [
        (lambda: cnnlab.template("nothing"), "no template “nothing”.*Similar names"),
        (lambda: cnnlab.add(MNIST, "conv9d"), "no layer “conv9d”. Similar names: conv2d"),
        (lambda: cnnlab.add(MNIST, "conv2d", "conv1"), "Another layer is called “conv1”"),
        (lambda: cnnlab.add(MNIST, "conv2d", after="conv9"), "no layer “conv9”"),
        (lambda: cnnlab.add(MNIST, "relu", after="output"), "output has no output"),
        (lambda: cnnlab.add(MNIST, "output", "end", after="conv1"), "end has no output"),
        (lambda: cnnlab.add(MNIST, "input", "start", after="conv1"), "start has no input"),
        (lambda: cnnlab.add(SPLIT, "relu", after="halves"), "halves has several outputs"),
        (lambda: cnnlab.connect(MNIST, "conv1", "relu2", source_port=-1), "conv1 has no output number 0"),
        (lambda: cnnlab.add(MNIST, "conv2d", kernel_size=0), "Kernel must be"),
        (lambda: cnnlab.add(MNIST, "conv2d", kernel=3), "no setting called kernel"),
        (lambda: cnnlab.set_params(MNIST, "conv1", stride=-1), "Stride must be"),
        (lambda: cnnlab.connect(MNIST, "fc2", "conv1"), "loop"),
        (lambda: cnnlab.connect(MNIST, "conv1", "input"), "no input"),
        (lambda: cnnlab.connect(MNIST, "conv1", "conv9"), "no layer “conv9”"),
        (lambda: cnnlab.disconnect(MNIST, "conv1", "conv2"), "No wire goes from conv1 to conv2"),
        (lambda: cnnlab.remove(MNIST, "conv9"), "no layer “conv9”"),
        (lambda: cnnlab.remove(MNIST, ["conv1"]), "no layer “"),  # type: ignore[arg-type]
        (lambda: cnnlab.set_params(MNIST, "conv1", in_channels=3), "in_channels of Conv2d is not set: it follows"),
        (lambda: cnnlab.to_linear(MNIST, "conv1"), "conv1"),
        (lambda: cnnlab.load_weights(MNIST, "nowhere.pth"), "no file “nowhere.pth”"),
        (lambda: cnnlab.export(MNIST, "net.txt"), "should end in one of"),
        (lambda: cnnlab.rename(MNIST, "conv1", "class"), "means something else"),
    ],
)
def test_what_cannot_be_is_said_in_words(edit: object, sentences: str) -> None:
    assert callable(edit)
    with pytest.raises(cnnlab.Refusal, match=sentences):
        edit()


def test_problems_are_sentences() -> None:
    (problem,) = cnnlab.problems(cnnlab.set_params(MNIST, "fc2", out_features=7))
    assert str(problem).startswith("The output gets 7 values")


def test_layers_tell_what_can_be_added_and_torchs_own_names_are_understood() -> None:
    assert cnnlab.layers()["conv2d"]["kernel_size"] == (3, 3)
    project = cnnlab.add(MNIST, "Conv2d", "more", out_channels=np.int64(48), kernel_size=np.array([3, 5])[1])
    assert project.graph.by_path["more"].params["out_channels"] == 48
    assert cnnlab.shapes(cnnlab.connect(project, "input", "more"))["more"] == (48, 24, 24)


def test_a_network_holds_as_many_layers_as_a_file() -> None:
    nodes = tuple(Node(f"n{number}", f"n{number}", "relu") for number in range(1_999))
    project = cnnlab.add(replace(MNIST, graph=Graph(nodes)), "relu", "last")
    with pytest.raises(ValueError, match="at most 2,000 layers"):
        cnnlab.add(project, "relu")


def test_a_long_loop_is_told_by_its_ends() -> None:
    nodes = tuple(Node(f"n{number}", f"n{number}", "relu") for number in range(50))
    wires = tuple(Wire(a.uid, b.uid) for a, b in itertools.pairwise(nodes))
    with pytest.raises(ValueError, match="n0 → n1 → n2 → … → n48 → n49 → n0"):
        cnnlab.connect(replace(MNIST, graph=Graph(nodes, wires)), "n49", "n0")


def test_a_file_with_a_loop_opens_and_is_described(tmp_path: Path) -> None:
    project = cnnlab.template("empty")
    for path in ("identity1", "identity2"):
        project = cnnlab.add(project, "identity", path)
    project = cnnlab.connect(cnnlab.connect(project, "identity1", "identity2"), "identity2", "output")
    uid = {path: node.uid for path, node in project.graph.by_path.items()}
    graph = project.graph.connect(Wire(uid["identity2"], uid["identity1"]))
    cnnlab.save(replace(project, graph=graph), tmp_path / "loop.cnnlab")
    opened = cnnlab.load(tmp_path / "loop.cnnlab")
    sentences = [str(problem) for problem in cnnlab.problems(opened)]
    for name in ("identity1", "identity2"):
        assert any(f"{name} is part of a loop" in text for text in sentences)
    assert "identity1" in str(cnnlab.summary(opened))
    with pytest.raises(cnnlab.Refusal, match="part of a loop"):
        cnnlab.build(opened)


def test_weights_leave_and_come_back_by_a_file(tmp_path: Path) -> None:
    wider = replace(MNIST, training=replace(MNIST.training, seed=5))
    cnnlab.export(wider, tmp_path / "net.safetensors")
    loaded = cnnlab.load_weights(MNIST, tmp_path / "net.safetensors")
    pictures = torch.rand(2, 1, 28, 28)
    assert torch.equal(cnnlab.build(loaded)(pictures), cnnlab.build(wider)(pictures))
    assert not torch.equal(cnnlab.build(MNIST)(pictures), cnnlab.build(wider)(pictures))


def test_a_linear_layer_becomes_the_equal_convolution_and_back() -> None:
    lenet = cnnlab.template("lenet5")
    convolution = cnnlab.to_convolution(lenet, "f6")
    assert convolution.graph.by_path["f6"].type == "conv2d"
    pictures = torch.rand(2, 1, 32, 32)
    assert torch.allclose(cnnlab.build(convolution)(pictures), cnnlab.build(lenet)(pictures), atol=1e-6)
    assert cnnlab.shapes(cnnlab.to_linear(convolution, "f6")) == cnnlab.shapes(lenet)


@pytest.mark.parametrize(
    ("picture", "as_drawing"),
    [
        (np.zeros((28, 28), np.float32), False),
        (np.zeros((1, 28, 28), np.uint8), False),
        (np.zeros((0, 28), np.uint8), False),
        (np.zeros((28, 28, 3), np.uint8), True),
        (torch.zeros(28, 28), False),
        (torch.zeros(2, 28, 28, dtype=torch.uint8), False),
        (torch.zeros(3, 28, 28, dtype=torch.uint8), True),
        (torch.tensor(7, dtype=torch.uint8), False),
    ],
)
def test_what_is_no_picture_is_refused_in_words(picture: np.ndarray | torch.Tensor, as_drawing: bool) -> None:
    with pytest.raises(cnnlab.Refusal, match=r"A picture is an array of bytes.*This one is (uint8|float32)"):
        cnnlab.predict(MNIST, picture, as_drawing=as_drawing)


@pytest.mark.parametrize("data", ["mnist", "cifar10"])
def test_pixels_in_a_tensor_are_answered_as_in_an_array(data: str) -> None:
    """The network is of the one size, and its pictures are grey or in colour."""
    project = replace(MNIST, data=DataSettings(data))
    if data == "cifar10":
        project = cnnlab.set_params(project, "input", channels=3)
    colour = np.random.default_rng(0).integers(0, 256, (40, 31, 3), dtype=np.uint8)
    pairs = [
        (colour, torch.from_numpy(colour).permute(2, 0, 1)),
        (colour[..., 0], torch.from_numpy(colour)[..., 0]),
        (colour[..., 0], torch.from_numpy(colour)[..., 0][None]),
    ]
    for array, tensor in pairs:
        given = cnnlab.predict(project, tensor)
        np.testing.assert_array_equal(given.outputs, cnnlab.predict(project, array).outputs)


@pytest.mark.parametrize("nothing", [None, True, np.True_, 3.7, [[0, 1], [1, 0]]])
def test_what_names_no_picture_is_refused_in_words(nothing: Any) -> None:
    with pytest.raises(cnnlab.Refusal, match=f"not as a value of the type {type(nothing).__name__}"):
        cnnlab.predict(MNIST, nothing)


@pytest.mark.parametrize("number", [-1, 10_000, np.int64(70_000)])
def test_a_number_beyond_the_test_pictures_is_refused_with_their_range(number: int) -> None:
    with pytest.raises(cnnlab.Refusal, match=f"no test picture {number:,}: they are numbered from 0 to 9,999"):
        cnnlab.predict(MNIST, number)


def test_data_without_test_pictures_have_no_numbers(tmp_path: Path) -> None:
    for label in range(10):
        (tmp_path / str(label)).mkdir()
        Image.new("L", (28, 28), label).save(tmp_path / str(label) / "a.png")
    project = replace(MNIST, data=DataSettings("folder", folder=str(tmp_path), test=0, validation=0))
    with pytest.raises(cnnlab.Refusal, match="no test pictures"):
        cnnlab.predict(project, 0)


@pytest.mark.parametrize("number", [0, np.int64(9_999)])
def test_the_first_and_the_last_test_picture_are_answered(number: int) -> None:
    held = datasets.load(MNIST.data).test.read([int(number)])[0]
    np.testing.assert_array_equal(cnnlab.predict(MNIST, number).outputs, cnnlab.predict(MNIST, held).outputs)


def test_an_empty_drawing_has_no_answer() -> None:
    with pytest.raises(cnnlab.Refusal, match="Nothing is drawn"):
        cnnlab.predict(MNIST, np.zeros((28, 28), np.uint8), as_drawing=True)
