"""What is saved is what is opened: ``open(save(p)) == p``, weights bit by bit."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.core import catalog, params, templates
from cnnlab.core.catalog.spec import LayerSpec
from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS, Augmentation
from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.params import Param
from cnnlab.core.project import changes
from cnnlab.core.project.project import DataSettings, Layout, Project, Weights
from cnnlab.core.templates import TEMPLATES, Template
from cnnlab.core.training.learning import LEARNING_PARAMS, Learning
from cnnlab.core.training.settings import TRAINING_PARAMS, TrainingSettings
from cnnlab.core.values import Frozen, frozen
from cnnlab.engine.archive import open_project, save, schema, strict_json
from cnnlab.engine.archive.fields import SPELT
from cnnlab.engine.network import network, weights


def plain(project: Project) -> tuple[bytes, dict[str, dict[str, tuple[str, tuple[int, ...], bytes]]]]:
    """Everything a project says, so that neither 1 and True nor NaN and NaN are mistaken."""
    numbers = {
        uid: {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in arrays.items()}
        for uid, arrays in project.weights.nodes.items()
    }
    return strict_json.encode(schema.document(project)), numbers


def with_random_weights(project: Project, seed: int = 0) -> Project:
    """Any bits whatever, NaN among them, in every tensor that the graph needs."""
    random = np.random.default_rng(seed)
    nodes: dict[str, Any] = {}
    for uid, shapes in weights.tensor_shapes(project.graph).items():
        if sum(int(np.prod(shape)) for shape in shapes.values()) > 100_000:
            continue
        nodes[uid] = {}
        for name, shape in shapes.items():
            dtype = np.dtype(np.int64 if name == "num_batches_tracked" else np.float32)
            bits = random.integers(0, 256, dtype.itemsize * int(np.prod(shape)), dtype=np.uint8)
            nodes[uid][name] = np.frombuffer(bits.tobytes(), dtype).reshape(shape)
    return replace(project, weights=Weights(seed, Frozen({uid: Frozen(arrays) for uid, arrays in nodes.items()})))


def trained(project: Project) -> Project:
    """With the numbers of a real network."""
    built = network.build(project.graph)
    weights.load(built, Weights(), seed=1)
    return replace(project, weights=weights.snapshot(built, step=938))


def value_of(param: Param) -> st.SearchStrategy[Any]:
    match param:
        case params.Whole():
            return st.integers(param.low, min(param.high, param.low + 8)) | st.just(param.high)
        case params.Real():
            return st.floats(param.low, param.high, exclude_min=param.above_low)
        case params.Flag():
            return st.booleans()
        case params.Choice():
            return st.sampled_from(param.options)
        case params.Pair():
            side = st.integers(param.low, min(param.high, param.low + 4)) | st.just(param.high)
            return st.tuples(side, side) | (st.sampled_from(param.keywords) if param.keywords else side)
        case params.Numbers():
            return st.lists(st.floats(param.low, param.high), min_size=1, max_size=4)
    raise AssertionError(f"no values for {type(param).__name__}")


characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters, max_size=20)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31) + 1, 2**31 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=12,
)
unknown_layers = st.tuples(
    st.sampled_from(["DeformConv", "attention", "x-1_2"]), st.integers(1, 9), st.dictionaries(texts, json_values)
) | st.tuples(st.just("conv2d"), st.integers(2, 9), st.dictionaries(texts, json_values))


@st.composite
def layers(draw: st.DrawFn) -> tuple[str, int, Frozen[str, Any]]:
    if draw(st.integers(0, 4)) == 0:
        key, version, raw = draw(unknown_layers)
        return key, version, frozen(raw)  # type: ignore[return-value]
    spec: LayerSpec = draw(st.sampled_from(catalog.LAYERS))
    return spec.key, spec.version, spec.normal({param.name: draw(value_of(param)) for param in spec.params})


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Any project that a file may hold: half-built, looped, with layers of the future."""
    kinds = draw(st.lists(layers(), max_size=8))
    nodes = tuple(
        Node(f"u{number}", f"block.{number}.layer" if number % 2 else f"layer{number}", key, values, version)
        for number, (key, version, values) in enumerate(kinds)
    )
    wires: dict[tuple[str, int], Wire] = {}
    if nodes:
        for source, target in draw(st.lists(st.tuples(st.sampled_from(nodes), st.sampled_from(nodes)), max_size=12)):
            giver, taker = catalog.find(source), catalog.find(target)
            outputs, inputs = (giver.ports(source.params) if giver else 3), (taker.inputs[1] if taker else 3)
            if outputs and inputs:
                wire = Wire(source.uid, target.uid, draw(st.integers(0, outputs - 1)), draw(st.integers(0, inputs - 1)))
                wires[wire.target, wire.target_port] = wire
    places = st.floats(-1e9, 1e9)
    channels = draw(st.integers(1, 4))
    numbers = st.floats(1e-6, 1e6)
    return Project(
        Graph(nodes, tuple(wires.values())),
        Layout(Frozen({node.uid: (draw(places), draw(places)) for node in nodes if draw(st.booleans())})),
        DataSettings(
            draw(st.sampled_from(list(SOURCES))),
            draw(st.integers(0, 60_000)),
            draw(st.integers(0, 2**31 - 1)),
            draw(st.sampled_from(["", "/home/anna/pictures"])),
            tuple(draw(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4))),
            draw(st.integers(0, 60_000)),
        ),
        Preprocessing(
            tuple(draw(st.lists(numbers, min_size=channels, max_size=channels))),
            tuple(draw(st.lists(numbers, min_size=channels, max_size=channels))),
            draw(st.sampled_from(["pad", "resize", "crop"])),
        ),
        Augmentation(**{param.name: draw(value_of(param)) for param in AUGMENTATION_PARAMS}),
        TrainingSettings(**{param.name: draw(value_of(param)) for param in TRAINING_PARAMS}),
        Frozen(
            {
                node.uid: Learning(**{param.name: draw(value_of(param)) for param in LEARNING_PARAMS})
                for node in nodes
                if draw(st.booleans())
            }
        ),
        Weights(draw(st.integers(0, 2**31 - 1))),
        draw(texts),
        draw(texts),
    )


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_templates_come_back_small_ones_with_trained_weights(template: Template, tmp_path: Path) -> None:
    project = template.build()
    if 0 < template.parameters < 300_000:  # the larger ones differ in their graphs; their weights would take seconds
        project = trained(project)
    stamp = save(project, tmp_path / "net.cnnlab")
    opened = open_project(tmp_path / "net.cnnlab")
    assert opened.project == project
    assert plain(opened.project) == plain(project)
    assert opened.stamp == stamp
    assert (opened.notes, opened.read_only, opened.runs) == ((), False, Frozen())


@settings(max_examples=60)
@given(project=projects(), seed=st.integers(0, 2**16))
def test_any_project_comes_back(project: Project, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "net.cnnlab"
    project = with_random_weights(project, seed)
    save(project, path)
    opened = open_project(path).project
    assert opened == project
    assert plain(opened) == plain(project)
    assert hash(opened.graph) == hash(project.graph)


def with_unknown_layer() -> Project:
    """LeNet-5 with a layer of the future behind its first convolution, which has weights that nobody here knows."""
    project = trained(templates.BY_KEY["lenet5"].build())
    raw = frozen({"offsets": [[1, 2.5, None], {"deep": [True, "×"]}], "filters": 6})
    node = Node("future", "block.deform", "DeformConv", raw, 4)  # type: ignore[arg-type]
    project = replace(project, graph=project.graph.add(node))
    project = changes.insert_on_wire(project, Wire("c1", "tanh1"), "future")
    arrays = Frozen({"offset": np.arange(6, dtype=np.float64).reshape(2, 3)})
    return replace(project, weights=replace(project.weights, nodes=project.weights.nodes | {"future": arrays}))


def test_a_layer_of_the_future_is_kept_as_it_is_with_all_weights(tmp_path: Path) -> None:
    project, path = with_unknown_layer(), tmp_path / "net.cnnlab"
    save(project, path)
    opened = open_project(path)
    assert plain(opened.project) == plain(project)
    (note,) = opened.notes
    assert str(note) == (
        "1 layer is of a type this version does not know (“DeformConv”). It is kept unchanged, but training is off until it "
        "is replaced."
    )


def test_a_later_version_of_a_known_layer_is_kept_as_it_is(tmp_path: Path) -> None:
    raw: Frozen[str, Any] = Frozen({"kernel_size": "whatever", "new": (1, 2)})
    nodes = tuple(Node(uid, uid, "conv2d", raw, 2) for uid in ("a", "b"))
    save(Project(Graph(nodes)), tmp_path / "net.cnnlab")
    opened = open_project(tmp_path / "net.cnnlab")
    assert opened.project.graph.nodes == nodes
    (note,) = opened.notes
    assert str(note).startswith("2 layers are of types this version does not know (“conv2d, version 2”).")


def test_weights_that_are_no_numbers_open_with_a_note(tmp_path: Path) -> None:
    project = trained(templates.BY_KEY["lenet5"].build())
    bad = changes.set_weight(project, "c1", project.weights.nodes["c1"], "bias", (2,), float("nan"))
    save(bad, tmp_path / "net.cnnlab")
    opened = open_project(tmp_path / "net.cnnlab")
    assert plain(opened.project) == plain(bad)
    assert [str(note) for note in opened.notes] == [
        "Some weights are NaN or infinite: c1. The network opens with them. Reset these layers, or open the backup."
    ]


def test_no_field_of_a_project_is_forgotten() -> None:
    project = changes.add_layer(Project(), "relu", (0.0, 0.0), uid="a")
    project = changes.connect(project, Wire("a", "a"))
    project = changes.set_learning(project, "a", frozen=True)
    said = schema.document(project)

    def names(value: Any) -> set[str]:
        return {field.name for field in fields(value)}

    assert set(said) == names(Project)
    assert set(said["graph"]) == names(Graph)
    assert set(said["graph"]["nodes"][0]) == names(Node)
    assert set(said["graph"]["wires"][0]) == names(Wire)
    assert set(said["layout"]) == names(Layout)
    assert set(said["data"]) == names(DataSettings)
    assert set(said["preprocessing"]) == names(Preprocessing)
    assert set(said["augmentation"]) == names(Augmentation)
    assert set(said["training"]) == {SPELT.get(name, name) for name in names(TrainingSettings)}
    assert set(said["learning"]["a"]) == names(Learning)
    assert set(said["weights"]) | {"nodes"} == names(Weights)


def test_opened_arrays_cannot_be_written(tmp_path: Path) -> None:
    save(with_random_weights(templates.BY_KEY["lenet5"].build()), tmp_path / "net.cnnlab")
    arrays = open_project(tmp_path / "net.cnnlab").project.weights.nodes["c1"]
    with pytest.raises(ValueError, match="read-only"):
        arrays["weight"][0] = 0


def test_only_weights_that_the_graph_can_take_are_saved(tmp_path: Path) -> None:
    project = trained(templates.BY_KEY["lenet5"].build())
    edited = changes.remove(project, ["f6"])  # fc has no input now, and so no known size
    edited = changes.set_params(edited, "c1", out_channels=7)  # c1 no longer fits, and neither does c3
    save(edited, tmp_path / "net.cnnlab")
    assert set(edited.weights.nodes) == {"c1", "c3", "c5", "f6", "fc"}
    opened = open_project(tmp_path / "net.cnnlab").project
    assert set(opened.weights.nodes) == {"c5", "fc"}
    assert plain(opened)[1] == {uid: plain(project)[1][uid] for uid in ("c5", "fc")}


def test_summaries_of_runs_are_kept(tmp_path: Path) -> None:
    runs = {"2024-05-01_a": {"curve": [0.5, 0.25], "status": "completed"}, "b": {"flat": [0.0] * 20_000}}
    path = tmp_path / "net.cnnlab"
    save(Project(), path, runs=runs)
    opened = open_project(path)
    assert opened.runs == frozen(runs)
    save(opened.project, path, runs=opened.runs)
    assert open_project(path).runs == frozen(runs)


@pytest.mark.process
def test_nothing_of_torch_is_needed_for_a_project_without_weights(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from cnnlab.core.templates import TEMPLATES\n"
        "from cnnlab.engine.archive import open_project, save\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "save(TEMPLATES[0].build(), path)\n"
        "assert open_project(path).project == TEMPLATES[0].build()\n"
        "assert 'torch' not in sys.modules and 'PySide6' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "net.cnnlab")], check=True, env=python_path())


def python_path() -> dict[str, str]:
    """An environment in which a child finds the same packages."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
