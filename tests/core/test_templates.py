from __future__ import annotations

import itertools
import re
import subprocess
import sys
import time

import networkx as nx
import pytest

from cnnlab.core import catalog, templates
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.graph import paths
from cnnlab.core.graph.graph import Graph
from cnnlab.core.layout.spacing import SPACING
from cnnlab.core.templates import CHAPTERS, PARAMETERS, TEMPLATES, Chapter, Template
from cnnlab.core.templates.building import Net, conv, relu

EACH = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)

OF_THE_COURSE = """
    lenet5 mnist mnist-strided mnist-fcn cifar10 alexnet-2012 alexnet zfnet zfnet-wide vgg11 vgg13 vgg16 vgg19 vgg16_bn
    vgg16-cifar10 googlenet-2014 googlenet inception-naive inception-reduction inception-two-3x3 inception-1xn inception_v3
    resnet18 resnet34 resnet50 resnet101 resnet152 resnet20 plain18 densenet121 squeezenet1_1 mobilenet_v2
""".split()  # noqa: SIM905


def test_the_networks_of_the_course_are_there_by_group() -> None:
    assert set(templates.BY_KEY) >= {*OF_THE_COURSE, "mnist-seven", "mnist-angle", "empty"}
    assert len(TEMPLATES) == len(templates.BY_KEY)
    groups = [chapter for chapter, _members in itertools.groupby(TEMPLATES, key=lambda template: template.chapter)]
    assert groups == list(Chapter) == list(CHAPTERS)


@EACH
def test_every_template_is_a_sound_project(template: Template) -> None:
    project = template.build()
    assert project == template.build()
    assert project.title == str(template.title)
    assert project.note.startswith(str(template.new))
    assert project.data.source == template.data
    assert [len(project.graph.of_type(key)) for key in ("input", "output")] == [1, 1]
    (start,) = project.graph.of_type("input")
    assert tuple(start.params[name] for name in ("channels", "height", "width")) == template.shape
    assert len(project.preprocessing.mean) == template.shape[0]
    for node in project.graph.nodes:
        spec = catalog.find(node)
        assert spec is not None
        assert spec.normal(node.params) == node.params
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", node.uid)


@EACH
def test_no_path_is_taken_twice_or_lies_within_another(template: Template) -> None:
    graph = template.build().graph
    assert len(graph.by_path) == len(graph.by_uid) == len(graph.nodes)
    for path in graph.by_path:
        parts = path.split(".")
        assert paths.refusal(path, ()) is None
        assert not {".".join(parts[:count]) for count in range(1, len(parts))} & set(graph.by_path)


@EACH
def test_blocks_are_there_and_no_way_leaves_one_and_comes_back(template: Template) -> None:
    project = template.build()
    order = nx.DiGraph((wire.source, wire.target) for wire in project.graph.wires)
    for path in project.layout.blocks:
        inside = {node.uid for node in project.graph.nodes if node.path.startswith(path + ".")}
        assert inside
        left = {uid for start in inside for uid in order.successors(start)} - inside
        beyond = left.union(*(nx.descendants(order, uid) for uid in left))
        assert not beyond & inside


@EACH
def test_no_card_lies_on_another(template: Template) -> None:
    project = template.build()
    assert set(project.layout.positions) == set(project.graph.by_uid)
    for (x0, y0), (x1, y1) in itertools.combinations(project.layout.positions.values(), 2):
        assert abs(x0 - x1) >= SPACING.card[0] or abs(y0 - y1) >= SPACING.card[1]


@EACH
def test_what_is_told_goes_together(template: Template) -> None:
    assert bool(template.paper) == bool(template.authors) == (template.year is not None)
    assert not template.numbers or template.paper
    assert not template.torchvision or template.data == "imagenet"
    assert template.trains_on == (template.data if template.data != "imagenet" else None)
    assert template.outputs == SOURCES[template.data].outputs
    text = [template.title, template.description, template.new, *template.notes, *itertools.chain(*template.numbers)]
    assert all(str(message).strip() for message in text)
    labels = [str(label) for label, _value in template.numbers]
    assert len(labels) == len(set(labels))


def test_a_paper_s_figure_can_stand_beside_the_counted_one() -> None:
    assert str(dict(templates.BY_KEY["alexnet-2012"].numbers)[PARAMETERS]) == "60 million"


@EACH
def test_a_network_is_put_together_at_once(template: Template) -> None:
    def seconds() -> float:
        start = time.process_time()  # other jobs on the machine do not count
        template.network()
        return time.process_time() - start

    assert min(seconds() for _attempt in range(3)) < 0.05


@pytest.mark.process
def test_the_first_network_brings_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from cnnlab.core import templates\n"
        "templates.BY_KEY['mnist'].build()\n"
        "assert not {'torch', 'numpy', 'networkx', 'fast_sugiyama', 'PySide6'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=paths.__file__.rsplit("cnnlab", 1)[0])


@pytest.mark.parametrize("key", ["mnist", "mnist-strided", "mnist-fcn", "lenet5", "cifar10"])
def test_the_first_networks_are_one_chain(key: str) -> None:
    graph = templates.BY_KEY[key].build().graph
    assert [(wire.source, wire.target) for wire in graph.wires] == [
        (a.uid, b.uid) for a, b in itertools.pairwise(graph.nodes)
    ]


def test_the_strided_twin_has_strides_where_the_starter_has_pooling() -> None:
    starter, strided = (templates.BY_KEY[key].build().graph for key in ("mnist", "mnist-strided"))
    assert {node.path for node in starter.nodes} - {node.path for node in strided.nodes} == {"pool1", "pool2", "pool3"}
    for node in strided.nodes:
        twin = starter.by_path[node.path]
        if node.type == "conv2d":
            assert dict(node.params) == {**twin.params, "stride": (2, 2)}
        else:
            assert node == twin


def test_plain_18_is_resnet_18_without_what_the_shortcuts_need() -> None:
    plain, residual = (templates.BY_KEY[key].build().graph for key in ("plain18", "resnet18"))
    missing = [node for node in residual.nodes if node.path not in plain.by_path]
    assert all(node.type == "add" or ".downsample." in node.path for node in missing)
    assert all(residual.by_path[node.path] == node for node in plain.nodes)


def test_alexnet_of_2012_has_the_settings_of_the_paper() -> None:
    graph = templates.BY_KEY["alexnet-2012"].build().graph
    groups = [graph.by_path[f"conv{number}"].params["groups"] for number in range(1, 6)]
    assert groups == [1, 2, 1, 2, 2]
    assert dict(graph.by_path["norm1"].params) == {"size": 5, "alpha": 5e-4, "beta": 0.75, "k": 2.0}


def _wires(graph: Graph) -> list[tuple[str, str, int]]:
    return [(wire.source, wire.target, wire.target_port) for wire in graph.wires]


def test_branches_are_written_down_as_they_are_drawn() -> None:
    net = Net()
    x = net.input(1, 8)
    with net.block("stage"), net.block("0", "Block"):
        y = net.chain(x, conv("conv", 1, 1), relu())
        x = net.add(y, x)
    project = net.ended(x).project()
    assert [node.path for node in project.graph.nodes] == [
        "input",
        "stage.0.conv",
        "stage.0.relu",
        "stage.0.add",
        "output",
    ]
    assert _wires(project.graph) == [
        ("input", "stage.0.conv", 0),
        ("stage.0.conv", "stage.0.relu", 0),
        ("stage.0.relu", "stage.0.add", 0),
        ("input", "stage.0.add", 1),
        ("stage.0.add", "output", 0),
    ]
    assert {path: block.kind for path, block in project.layout.blocks.items()} == {"stage.0": "Block"}
