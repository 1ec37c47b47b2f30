"""What meta says equals what the real module does; every problem has its words; nothing is ever allocated."""

from __future__ import annotations

import itertools
import re
import resource
import sys
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import LayerSpec, Params
from cnnlab.core.data.sources import Target
from cnnlab.core.graph import topology
from cnnlab.core.graph.facts import Facts, Problem, Severity
from cnnlab.core.graph.graph import Graph, Node, Wire
from cnnlab.core.params import Choice, Flag, Numbers, Pair, Param, Real
from cnnlab.core.project import repairs
from cnnlab.core.project.goals import Goal
from cnnlab.core.project.project import Project
from cnnlab.core.training.losses import LOSSES
from cnnlab.core.values import Frozen
from cnnlab.engine.network import layers, shapes

SMALL = {
    "channels": 6, "height": 12, "width": 12, "out_channels": 6, "out_features": 9, "groups": 3, "num_groups": 3, "padding": 3,
    "size": 9, "output_padding": 2,
}  # fmt: skip
"""The largest value that is tried, by parameter; 4 for others."""


def values_of(param: Param) -> st.SearchStrategy[Any]:
    if isinstance(param, Flag):
        return st.booleans()
    if isinstance(param, Choice):
        return st.sampled_from(param.options)
    if isinstance(param, Real):
        return st.floats(param.low, param.high, exclude_min=param.above_low)
    if isinstance(param, Numbers):
        return st.lists(st.floats(-2, 2), min_size=1, max_size=6)
    whole = st.integers(param.low, SMALL.get(param.name, 4))
    if isinstance(param, Pair):
        pairs = whole | st.tuples(whole, whole)
        return pairs | st.sampled_from(param.keywords) if param.keywords else pairs
    return whole


def params_of(spec: LayerSpec) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={param.name: values_of(param) for param in spec.params})


SIZES = st.one_of(
    st.tuples(st.integers(1, 6), st.integers(1, 12), st.integers(1, 12)),
    st.tuples(st.integers(1, 20)),
)


def after_inputs(spec: LayerSpec, params: dict[str, Any], sizes: tuple[tuple[int, ...], ...]) -> Graph:
    """A node called ``layer`` after one Input for each size; a Flatten makes lists of values."""
    nodes = [Node("layer", "layer", spec.key, Frozen(params))]
    wires = []
    for port, size in enumerate(sizes):
        channels, height, width = (*size, 1, 1)[:3]
        source = Node(
            f"in{port}", f"in{port}", "input", Frozen({"channels": channels, "height": height, "width": width})
        )
        nodes.append(source)
        if len(size) == 1:
            nodes.append(Node(f"flat{port}", f"flat{port}", "flatten"))
            wires.append(Wire(source.uid, f"flat{port}"))
        wires.append(Wire(nodes[-1].uid, "layer", 0, port))
    return Graph(tuple(nodes), tuple(wires))


ONE_INPUT = [spec for spec in catalog.LAYERS if spec.inputs == (1, 1)]


@pytest.mark.parametrize("spec", ONE_INPUT, ids=lambda spec: spec.key)
@settings(max_examples=60)
@given(data=st.data())
def test_one_layer_as_on_the_cpu(spec: LayerSpec, data: st.DataObject) -> None:
    """Size and count are the real module's. What is refused in words, torch refuses too; torch itself is never the first to."""
    params, size = data.draw(params_of(spec)), data.draw(SIZES)
    facts = shapes.infer(after_inputs(spec, params, (size,)))
    text = " ".join(str(problem.message) for problem in facts.problems_of("layer"))
    known = facts.of("layer")
    assert "PyTorch refuses" not in text
    if len(size) not in spec.accepts:
        assert known.output is None
        assert "Flatten" in text
        return
    normal = spec.normal(params)
    try:
        module = layers.make(spec, normal, (size,)).train()
        with torch.no_grad():
            made = module(torch.zeros(2, *size))
    except (RuntimeError, ValueError):
        assert known.output is None
        assert text.startswith("layer cannot run: ")
        return
    outputs = tuple(tuple(tensor.shape[1:]) for tensor in (made if isinstance(made, tuple) else (made,)))
    if runs_but_makes_no_sense(spec, normal, size, made):
        assert known.output is None
        assert text.startswith("layer cannot run: ")
        return
    assert known.outputs == outputs, text
    assert len(outputs) == (spec.ports(normal) or 1)
    assert known.inputs == (size,)
    assert known.parameters == sum(parameter.numel() for parameter in module.parameters())
    held = sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())
    assert known.output_bytes == 4 * sum(torch.Size(output).numel() for output in outputs)
    assert known.bytes == held + known.output_bytes
    output = outputs[0]
    ends = tuple(int(re.findall(r"\d+", str(line))[-1]) for line in spec.formula(normal, (size,)))
    assert ends in ((), output[1:], output[:1], output)
    changed = len(output) != len(size) or output[1:] != size[1:]
    assert ends or not changed or spec.key in ("linear", "linear_last", "permute")


def runs_but_makes_no_sense(spec: LayerSpec, params: Params, size: tuple[int, ...], made: Any) -> bool:
    """What torch lets through and ours refuses: chunks that are unequal or fewer than asked for, factors that do not fit and
    so make more of the input than there was, nothing left of the maps, maxima of padding alone."""
    if spec.key == "split":
        return len({tensor.shape for tensor in made}) > 1 or len(made) != params["chunks"]
    if spec.keeps_size and tuple(made.shape[1:]) != size:
        return spec.key in ("normalise", "scale")
    return made.numel() == 0 or bool((made == -torch.inf).any())


RAW_NODES = st.builds(
    lambda key, params: (key, Frozen(params)),
    st.sampled_from([*catalog.BY_KEY, "from_the_future"]),
    st.sampled_from(
        [
            {},
            {},
            {"kernel_size": (2, 2)},
            {"out_channels": 0},
            {"p": "x"},
            {"groups": 3},
            {"chunks": 3},
            {"chunks": "x"},
        ]
    ),
)


@st.composite
def raw_graphs(draw: st.DrawFn) -> Graph:
    """Any nodes with any wires: loops, unknown types, bad settings, missing and second ends, holes between ports."""
    kinds = draw(st.lists(RAW_NODES, max_size=9))
    graph = Graph(tuple(Node(f"n{number}", f"n{number}", *kind) for number, kind in enumerate(kinds)))
    if kinds:
        number = st.integers(0, len(kinds) - 1)
        port = st.integers(0, 2)
        for a, b, source_port, target_port in draw(st.lists(st.tuples(number, number, port, port), max_size=12)):
            graph = graph.connect(Wire(f"n{a}", f"n{b}", source_port if draw(st.booleans()) else 0, target_port))
    return graph


goals = st.builds(
    Goal, st.sampled_from(Target), st.sampled_from([None, 1, 10]), st.none() | st.sampled_from(sorted(LOSSES))
)


NAMELESS = Graph(
    (Node("n0", "n0", "input"), Node("n1", "n1", "input"), Node("n2", "n2", "output")),
    (Wire("n0", "n0"), Wire("n0", "n2")),
)


@settings(max_examples=200)
@example(NAMELESS, Goal(Target.CLASSES, None, "nll"))
@given(raw_graphs(), goals)
def test_no_graph_is_too_odd_to_be_described(graph: Graph, goal: Goal) -> None:
    facts = shapes.infer(graph, goal)
    assert facts.digest == graph.digest
    assert set(facts.nodes) == set(graph.by_uid)
    runs = set(facts.order)
    assert [uid for uid in topology.order(graph) if uid in runs] == list(facts.order)
    assert runs == {uid for uid, known in facts.nodes.items() if known.output is not None}
    wrong = {problem.uid for problem in facts.problems if problem.severity is not Severity.HINT}
    assert all(wrong & topology.upstream(graph, uid) for uid in set(graph.by_uid) - runs)
    for problem in facts.problems:
        assert problem.uid == "" or problem.uid in graph.by_uid
        assert str(problem.message)
        if problem.uid and "There can be only one" not in str(problem.message):
            node = graph.by_uid[problem.uid]
            # An output that is the only one needs no name.
            assert node.path in str(problem.message) or (node.type == "output" and "output" in str(problem.message))


def chain(*layers_: tuple[str, dict[str, Any]] | str, **picture: int) -> Graph:
    """Input, the layers called ``l1``, ``l2``…, Output."""
    kinds = [("input", picture), *[(kind, {}) if isinstance(kind, str) else kind for kind in layers_], ("output", {})]
    names = ["input", *[f"l{number}" for number in range(1, len(kinds) - 1)], "output"]
    nodes = tuple(Node(name, name, key, Frozen(params)) for name, (key, params) in zip(names, kinds, strict=True))
    return Graph(nodes, tuple(Wire(a.uid, b.uid) for a, b in itertools.pairwise(nodes)))


def shortcut(first: tuple[str, dict[str, Any]], *others: tuple[str, dict[str, Any]], join: str = "add") -> Graph:
    """Input → each layer → ``join`` → Flatten → Output."""
    graph = chain(join, "flatten")
    graph = graph.disconnect([graph.incoming("l1")[0]])
    for port, (key, params) in enumerate((first, *others)):
        name = f"way{port}"
        graph = graph.add(Node(name, name, key, Frozen(params)))
        graph = graph.connect(Wire("input", name)).connect(Wire(name, "l1", 0, port))
    return graph


def only_problem(facts: Facts) -> Problem:
    (problem,) = facts.problems
    return problem


def test_inputs_that_differ_are_named_with_their_sizes_and_a_convolution_makes_them_equal() -> None:
    graph = shortcut(("conv2d", {"out_channels": 64}), ("conv2d", {"out_channels": 32}))
    problem = only_problem(shapes.infer(graph))
    assert (problem.uid, problem.severity) == ("l1", Severity.ERROR)
    assert str(problem.message) == (
        "l1: the inputs differ. way0 gives 64 × 26 × 26, way1 gives 32 × 26 × 26. "
        "A 1×1 convolution with 64 filters after way1 makes them equal."
    )
    assert problem.repair is not None
    assert not shapes.infer(repairs.apply(Project(graph), problem.repair).graph).problems


def test_each_input_that_differs_can_be_repaired_in_turn() -> None:
    graph = shortcut(*(("conv2d", {"out_channels": count}) for count in (8, 4, 8, 2)))
    for _number in range(2):
        problem = only_problem(shapes.infer(graph))
        assert problem.repair is not None
        graph = repairs.apply(Project(graph), problem.repair).graph
    assert not shapes.infer(graph).problems


def test_a_difference_in_height_has_no_mechanical_repair() -> None:
    problem = only_problem(shapes.infer(shortcut(("conv2d", {}), ("conv2d", {"kernel_size": 5}))))
    assert problem.repair is None
    assert str(problem.message) == (
        "l1: the inputs differ. way0 gives 32 × 26 × 26, way1 gives 32 × 24 × 24. "
        "Height and width must agree: change padding, stride or pooling on one of the branches."
    )


def test_maps_of_other_sizes_cannot_be_stacked() -> None:
    ways = ("conv2d", {"out_channels": 2}), ("conv2d", {"kernel_size": 5})
    problem = only_problem(shapes.infer(shortcut(*ways, join="concatenate")))
    assert str(problem.message).startswith("l1: the inputs differ in more than their channels. way0 gives 2 × 26 × 26")
    assert str(problem.message).endswith("change padding, stride or pooling on one of the branches.")


def test_maps_and_a_list_cannot_be_stacked() -> None:
    problem = only_problem(shapes.infer(shortcut(("conv2d", {}), ("flatten", {}), join="concatenate")))
    assert "Put a Flatten before the maps" in str(problem.message)


def test_channels_add_up_when_stacked() -> None:
    facts = shapes.infer(shortcut(("conv2d", {}), ("conv2d", {"out_channels": 5}), ("conv2d", {}), join="concatenate"))
    assert facts.of("l1").output == (69, 26, 26)
    assert facts.trainable


@pytest.mark.parametrize("kind", ["linear", "softmax"])
def test_maps_before_a_list_of_values_get_a_flatten(kind: str) -> None:
    graph = chain("relu", kind)
    problem = shapes.infer(graph).problems[0]
    assert str(problem.message) == (
        "l2 reads a list of values, and l1 gives 1 × 28 × 28 maps. Put a Flatten layer between them."
    )
    assert problem.repair is not None
    repaired = shapes.infer(repairs.apply(Project(graph), problem.repair).graph)
    assert all(found.severity is Severity.HINT for found in repaired.problems)


def test_softmax_before_the_output_is_advised_against_and_taken_out() -> None:
    graph = chain("flatten", ("linear", {"out_features": 10}), "softmax")
    facts = shapes.infer(graph, Goal(outputs=10))
    problem = only_problem(facts)
    assert (problem.uid, problem.severity) == ("l3", Severity.HINT)
    assert str(problem.message).startswith("l3 comes before the output, but the loss and the display apply softmax")
    assert facts.trainable
    assert problem.repair is not None
    repaired = repairs.apply(Project(graph), problem.repair).graph
    assert not shapes.infer(repaired, Goal(outputs=10)).problems
    assert "l3" not in repaired.by_uid


def test_a_wrong_number_of_logits_is_set_right() -> None:
    graph = chain("flatten", ("linear", {"out_features": 7}))
    assert not shapes.infer(graph).problems
    problem = only_problem(shapes.infer(graph, Goal(outputs=10)))
    assert str(problem.message) == (
        "The output gets 7 values from l2, but there are 10 classes: one logit for each is needed."
    )
    assert problem.repair is not None
    assert str(problem.repair.label) == "Set l2 to 10 outputs"
    assert not shapes.infer(repairs.apply(Project(graph), problem.repair).graph, Goal(outputs=10)).problems


def test_a_kernel_larger_than_the_picture() -> None:
    problem = only_problem(shapes.infer(chain(("conv2d", {"kernel_size": (3, 31), "padding": 1}), "flatten")))
    assert str(problem.message) == (
        "l1 cannot run: its kernel reaches over 31 pixels, but the 1 × 28 × 28 that arrive are 28 wide "
        "(28 + 1 + 1 − 31 < 0). Use a smaller kernel, more padding, or remove a pooling layer before it."
    )


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (("conv2d", {"groups": 2}), "1 input channels cannot be split into 2 equal groups."),
        (("conv2d", {"padding": "same", "stride": 2}), "padding “same” works with stride 1 only in PyTorch."),
        (("conv2d", {"padding": 28, "padding_mode": "reflect"}), "padding mode “reflect” can add at most 27 pixels"),
        (("conv2d", {"padding": 29, "padding_mode": "circular"}), "padding mode “circular” can add at most 28 pixels"),
        (("maxpool2d", {"padding": 2}), "a padding of 2 is more than half of the kernel of 2."),
        (("conv2d", {"out_channels": -1}), "Filters must be a whole number from 1 to 65,536."),
        (("conv2d", {"depth": 1}), "Conv2d has no setting called depth."),
    ],
)
def test_rules_speak_before_torch(layer: tuple[str, dict[str, Any]], text: str) -> None:
    problem = only_problem(shapes.infer(chain(layer, "flatten")))
    assert (problem.uid, problem.severity) == ("l1", Severity.ERROR)
    assert str(problem.message).startswith(f"l1 cannot run: {text}")


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.parametrize(
    ("graph", "uid", "text"),
    [
        (
            chain(("conv2d", {"out_channels": 65536, "kernel_size": 1024}), "flatten", channels=128, height=1100, width=1100),
            "l1",
            "l1 cannot run: it would need 35 TB. Nothing was allocated. Lower “Filters” (now 65,536).",
        ),
        (
            chain("flatten", ("linear", {"out_features": 1_000_000}), height=1000, width=1000),
            "l2",
            "l2 cannot run: it would need 4.0 TB. Nothing was allocated. Lower “Outputs” (now 1,000,000).",
        ),
        (
            chain(("conv2d", {"out_channels": 65536, "padding": "same"}), "flatten", height=4096, width=4096),
            "l1",
            "l1 cannot run: it would need 4.4 TB. Nothing was allocated. Lower “Filters” (now 65,536).",
        ),
        (
            chain(("convtranspose2d", {"out_channels": 65536, "kernel_size": 1024, "stride": 1024}), "flatten", channels=128),
            "l1",
            "l1 cannot run: it would need 216 TB. Nothing was allocated. Lower “Filters” (now 65,536).",
        ),
        (
            chain(("upsample", {"scale_factor": 1024}), "flatten", height=4096, width=4096),
            "l1",
            "l1 cannot run: it would need 70 TB. Nothing was allocated. Lower “Factor” (now 1024×1024).",
        ),
    ],
    ids=["kernels", "matrix", "maps", "transposed", "enlarged"],
)  # fmt: skip
def test_a_monster_is_described_and_not_allocated(graph: Graph, uid: str, text: str) -> None:
    before = peak_bytes()
    problem = only_problem(shapes.infer(graph))
    assert peak_bytes() - before < 100 * 2**20
    assert (problem.uid, str(problem.message)) == (uid, text)


def test_many_layers_that_fit_one_by_one_may_not_fit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes.memory, "physical_bytes", lambda: 10**6)
    graph = chain(*[("conv2d", {"out_channels": 64, "padding": 1})] * 5, "flatten")
    problem = only_problem(shapes.infer(graph))
    assert problem.uid in ("l2", "l3", "l4", "l5")
    assert str(problem.message).startswith(
        f"{problem.uid} would need 348 kB for one picture; this computer has 1.0 MB."
    )


def test_what_is_missing_is_said_and_is_no_error() -> None:
    facts = shapes.infer(Graph((Node("c", "conv", "conv2d"), Node("a", "sum", "add"))))
    assert {str(problem.message) for problem in facts.problems} == {
        "Nothing feeds conv yet. Drag a wire from the right port of another layer to its left port.",
        "sum needs at least 2 inputs and has 0.",
        "The network has no Input. Add one from the palette.",
        "The network has no Output. Add one from the palette.",
    }
    assert {problem.severity for problem in facts.problems} == {Severity.INCOMPLETE}
    assert not facts.trainable


def test_every_layer_of_a_loop_is_marked() -> None:
    graph = chain("relu", "relu", "flatten").connect(Wire("l2", "l1"))
    facts = shapes.infer(graph)
    marked = {problem.uid for problem in facts.problems if problem.severity is Severity.ERROR}
    assert marked == {"l1", "l2"}
    assert str(facts.problems_of("l1")[0].message).startswith("l1 is part of a loop. Data must flow one way")


def test_an_unknown_type_stops_training_and_nothing_else() -> None:
    graph = chain("relu", "relu", "flatten").change(Node("l2", "l2", "from_the_future"))
    facts = shapes.infer(graph)
    assert facts.order == ("input", "l1")
    assert "“from_the_future”" in str(only_problem(facts).message)
    assert not facts.trainable


def test_one_picture_feeds_one_input() -> None:
    graph = chain("flatten").add(Node("more", "more", "input", Frozen({"height": 5}))).add(Node("l2", "l2", "relu"))
    facts = shapes.infer(graph.connect(Wire("more", "l2")))
    assert [str(problem.message) for problem in facts.problems_of("more")] == [
        "There can be only one Input. Remove more."
    ]
    assert not {"more", "l2"} & set(facts.order)


def test_a_side_branch_is_only_advice() -> None:
    graph = chain("flatten").add(Node("aside", "aside", "relu")).connect(Wire("input", "aside"))
    facts = shapes.infer(graph)
    assert str(only_problem(facts).message) == "aside does not lead to the output, so training leaves it out."
    assert facts.trainable


def test_a_side_branch_is_not_counted_once_the_network_runs() -> None:
    graph = chain("flatten", ("linear", {"out_features": 10}))
    whole = shapes.infer(graph)
    branched = graph.add(Node("aside", "aside", "conv2d")).connect(Wire("input", "aside"))
    facts = shapes.infer(branched)
    assert (facts.parameters, facts.macs) == (whole.parameters, whole.macs) == (7850, 7840)
    unfinished = shapes.infer(branched.disconnect([Wire("l2", "output")]))
    assert unfinished.parameters == whole.parameters + facts.of("aside").parameters


def test_a_layer_is_probed_once_for_each_settings_and_size() -> None:
    shapes.probe.cache_clear()
    graph = chain("conv2d", "relu", "flatten", "linear")
    first = shapes.infer(graph)
    missed = shapes.probe.cache_info().misses
    assert shapes.infer(graph) == first
    assert shapes.infer(graph.change(replace(graph.by_uid["l1"], path="other"))).nodes == first.nodes
    after = shapes.probe.cache_info()
    assert (missed, after.misses, after.hits) == (6, 6, 12)
