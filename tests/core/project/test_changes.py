"""Edits are pure: what they make is right, and the project they started from stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core import templates
from cnnlab.core.graph import paths
from cnnlab.core.graph.graph import Graph, GraphError, Node, Wire
from cnnlab.core.layout import arrange
from cnnlab.core.messages import message as _
from cnnlab.core.params import ParamError
from cnnlab.core.project import changes
from cnnlab.core.project.history import History
from cnnlab.core.project.project import Block, Layout, Project, Weights
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen


def starter() -> Project:
    return templates.BY_KEY["mnist"].build()


def wired(*wires: str) -> Project:
    """A project from wires such as ``"a>add:1"``; nodes that are called ``add…`` are joins, all others ReLUs."""
    made = []
    for text in wires:
        source, end = text.split(">")
        target, _colon, port = end.partition(":")
        made.append(Wire(source, target, 0, int(port or 0)))
    names = dict.fromkeys(name for wire in made for name in (wire.source, wire.target))
    nodes = tuple(Node(name, name, "add" if name.startswith("add") else "relu") for name in names)
    places = Frozen({name: (float(number), 0.0) for number, name in enumerate(names)})
    return Project(Graph(nodes, tuple(made)), Layout(places))


def wires_of(project: Project) -> set[str]:
    return {
        f"{wire.source}>{wire.target}" + (f":{wire.target_port}" if wire.target.startswith("add") else "")
        for wire in project.graph.wires
    }


Change = Callable[[Project], Project]
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        lambda key, x: lambda project: changes.add_layer(project, key, (x, 0.0)),
        st.sampled_from(["conv2d", "relu", "add"]),
        st.floats(-9, 9),
    ),
    *(
        st.builds(change, st.integers(0, 99), st.integers(0, 99))
        for change in (
            lambda i, j: lambda project: changes.remove(project, [_pick(project, i), _pick(project, j)]),
            lambda i, j: lambda project: changes.remove_and_join(project, _pick(project, i)),
            lambda i, j: lambda project: changes.connect(project, Wire(_pick(project, i), _pick(project, j), 0, j % 3)),
            lambda i, j: lambda project: changes.disconnect(project, project.graph.incoming(_pick(project, i))),
            lambda i, j: lambda project: changes.move(project, {_pick(project, i): (j, i)}),
            lambda i, j: lambda project: changes.rename(project, _pick(project, i), f"name{j}"),
            lambda i, j: lambda project: changes.set_params(project, _pick(project, i), out_channels=j),
            lambda i, j: lambda project: changes.set_training(project, epochs=j),
            lambda i, j: (
                lambda project: changes.paste(
                    project, changes.copy(project, [_pick(project, i), _pick(project, j)]), (8.0, 8.0)
                )[0]
            ),
            lambda i, j: lambda project: changes.forget_weights(project, [_pick(project, i)]),
            lambda i, j: arrange.tidy,
        )
    ),
)


def _pick(project: Project, number: int) -> str:
    nodes = project.graph.nodes
    return nodes[number % len(nodes)].uid if nodes else "nobody"


@given(st.lists(CHANGES, max_size=12))
def test_undoing_all_gives_the_start_and_redoing_all_the_end(edits: list[Change]) -> None:
    start = starter()
    history = History(start)
    for edit in edits:
        before = repr(history.present)
        try:
            after = edit(history.present)
        except (GraphError, ParamError):
            continue
        finally:
            assert repr(history.present) == before
        assert set(after.layout.positions) == set(after.graph.by_uid)
        history.do(_("Edit"), after)
    end = history.present
    while history.undo_label:
        history.undo()
    assert history.present == start == starter()
    while history.redo_label:
        history.redo()
    assert history.present == end


def test_a_new_layer_has_defaults_a_free_name_and_a_place() -> None:
    project = changes.add_layer(starter(), "conv2d", (5, 6), uid="new", out_channels=7)
    node = project.graph.by_uid["new"]
    assert (node.path, node.params["out_channels"], node.params["kernel_size"]) == ("conv4", 7, (3, 3))
    assert project.layout.positions["new"] == (5.0, 6.0)


def test_a_layer_with_a_bad_setting_is_not_added() -> None:
    with pytest.raises(ParamError):
        changes.add_layer(starter(), "conv2d", (0, 0), out_channels=0)
    with pytest.raises(ParamError):
        changes.add_layer(starter(), "conv2d", (0, 0), in_channels=1)


def test_removing_keeps_weights_for_an_undo() -> None:
    project = replace(starter(), weights=Weights(3, Frozen({"conv1": Frozen({"weight": np.zeros(1)})})))
    removed = changes.remove(project, ["conv1"])
    assert "conv1" not in removed.graph.by_uid
    assert "conv1" not in removed.layout.positions
    assert removed.weights.nodes is project.weights.nodes


@pytest.mark.parametrize(
    ("before", "gone", "after"),
    [
        (["a>b", "b>c"], "b", ["a>c"]),
        (["a>b", "b>c", "b>d"], "b", ["a>c", "a>d"]),
        (["b>c"], "b", []),
        (["a>b"], "b", []),
        (["a>b", "a>add:1", "b>add:0"], "b", ["a>add:0", "a>add:1"]),
        (["a>b", "b>add:0", "c>add:1", "d>add:2"], "b", ["a>add:0", "c>add:1", "d>add:2"]),
        (["b>add:0", "c>add:1", "d>add:2"], "b", ["c>add:0", "d>add:1"]),
        (["a>add:0", "b>add:1", "add>c"], "add", ["a>c"]),
        (["b>b", "b>c"], "b", []),
    ],
)
def test_a_layer_taken_out_of_its_chain(before: list[str], gone: str, after: list[str]) -> None:
    project = changes.remove_and_join(wired(*before), gone)
    assert wires_of(project) == set(after)
    assert gone not in project.graph.by_uid


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        (["a>b", "c>d"], Wire("a", "b"), Wire("c", "b"), ["c>b", "c>d"]),
        (["a>b", "c>d"], Wire("a", "b"), Wire("a", "d"), ["a>d"]),
        # Another source for one input of a join: the other inputs stay where they are.
        (["a>add:0", "b>add:1", "c>add:2"], Wire("a", "add", 0, 0), Wire("b", "add", 0, 0), ["b>add:0", "b>add:1", "c>add:2"]),
        # The first input changes places with the last.
        (["a>add:0", "b>add:1", "c>add:2"], Wire("a", "add", 0, 0), Wire("a", "add", 0, 2), ["c>add:0", "b>add:1", "a>add:2"]),
        (["a>add:0", "b>add:1", "c>add1:0"], Wire("a", "add", 0, 0), Wire("a", "add1", 0, 1),
         ["b>add:0", "c>add1:0", "a>add1:1"]),
    ],
)  # fmt: skip
def test_an_end_of_a_wire_moved(before: list[str], old: Wire, new: Wire, after: list[str]) -> None:
    assert wires_of(changes.move_end(wired(*before), old, new)) == set(after)


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        # Two inputs of a join change places.
        (Wire("a", "add", 0, 0), Wire("a", "add", 0, 2), ["c>add:0", "b>add:1", "a>add:2"]),
        (Wire("c", "add", 0, 2), Wire("c", "add", 0, 0), ["c>add:0", "b>add:1", "a>add:2"]),
        # To the free one beyond the last: the others close up.
        (Wire("a", "add", 0, 0), Wire("a", "add", 0, 3), ["b>add:0", "c>add:1", "a>add:2"]),
        # Another source for one input, which keeps its number.
        (Wire("b", "add", 0, 1), Wire("d", "add", 0, 1), ["a>add:0", "d>add:1", "c>add:2"]),
        # Away from the join.
        (Wire("a", "add", 0, 0), Wire("a", "d"), ["b>add:0", "c>add:1", "a>d"]),
    ],
)
def test_an_end_moved_by_hand_gives_no_other_input_of_a_join_another_number(
    old: Wire, new: Wire, after: list[str]
) -> None:
    project = wired("a>add:0", "b>add:1", "c>add:2", "d>e")
    assert wires_of(changes.move_end(project, old, new)) == {*after, "d>e"}


def test_a_layer_put_into_a_wire_keeps_the_port_of_the_join() -> None:
    project = wired("a>add:0", "b>add:1", "c>d")
    inserted = changes.insert_on_wire(project, Wire("b", "add", 0, 1), "d")
    assert wires_of(inserted) == {"a>add:0", "b>d", "d>add:1"}


def test_moving_a_card_does_not_change_the_network() -> None:
    project = starter()
    moved = changes.move(project, {"conv1": (1, 2)})
    assert moved.graph is project.graph
    assert moved.layout.positions == project.layout.positions | {"conv1": (1.0, 2.0)}


def test_a_rename_keeps_identity_and_wires() -> None:
    project = changes.rename(starter(), "conv1", "features.0")
    assert project.graph.by_uid["conv1"].path == "features.0"
    assert project.graph.wires == starter().graph.wires


def in_blocks(**kinds: str) -> Project:
    """Two blocks of two layers each, ``__`` for a dot in the paths of those whose kind is known."""
    nodes = [Node(path, path, "relu") for path in ("a.0.first", "a.0.last", "a.1.first", "a.1.last")]
    blocks = {path.replace("__", "."): Block(kind) for path, kind in kinds.items()}
    return Project(Graph(tuple(nodes)), Layout(blocks=Frozen(blocks)))


def test_a_block_is_forgotten_with_its_last_layer() -> None:
    project = in_blocks(a="Stage", a__0="Basic", a__1="Deep")
    half = changes.remove(project, ["a.0.last"])
    assert half.layout.blocks == project.layout.blocks
    assert changes.remove(half, ["a.0.first"]).layout.blocks == {"a": Block("Stage"), "a.1": Block("Deep")}
    assert not changes.remove(project, project.graph.by_uid).layout.blocks


def test_a_block_renamed_layer_by_layer_keeps_its_kind() -> None:
    project = changes.rename(in_blocks(a="Stage", a__0="Basic"), "a.0.first", "b.0.first")
    assert project.layout.blocks == {"a": Block("Stage"), "a.0": Block("Basic")}
    project = changes.rename(project, "a.0.last", "b.0.last")
    assert project.layout.blocks == {"a": Block("Stage"), "b.0": Block("Basic")}
    for name in ("first", "last"):
        project = changes.rename(project, f"a.1.{name}", f"b.1.{name}")
    assert project.layout.blocks == {"b": Block("Stage"), "b.0": Block("Basic")}


@pytest.mark.parametrize("path", ["alone", "b.0.other", "a.1.third", "a.0"])
def test_a_layer_that_goes_elsewhere_takes_no_kind_along(path: str) -> None:
    project = changes.remove(in_blocks(a__0="Basic", a__1="Deep"), ["a.0.last"])
    assert changes.rename(project, "a.0.first", path).layout.blocks == {"a.1": Block("Deep")}


def test_a_block_that_is_known_keeps_its_own_kind() -> None:
    project = changes.remove(in_blocks(a__0="Basic", a__1="Deep"), ["a.0.last", "a.1.first"])
    assert changes.rename(project, "a.0.first", "a.1.first").layout.blocks == {"a.1": Block("Deep")}


@given(st.sets(st.sampled_from([node.uid for node in starter().graph.nodes]), min_size=1))
def test_a_copy_is_the_same_network_under_other_names(uids: set[str]) -> None:
    project = starter()
    clip = changes.copy(project, uids)
    pasted, new = changes.paste(project, clip, (10.0, 20.0))
    twin = dict(zip((node.uid for node in clip.graph.nodes), new, strict=True))
    assert set(twin) == uids
    assert not set(new) & set(project.graph.by_uid)
    for old, made in twin.items():
        before, after = project.graph.by_uid[old], pasted.graph.by_uid[made]
        assert (after.type, after.params, after.version) == (before.type, before.params, before.version)
        (x0, y0), (x1, y1) = project.layout.positions[old], pasted.layout.positions[made]
        assert (x1 - x0, y1 - y0) == (10.0, 20.0)
    between = {(twin[w.source], twin[w.target]) for w in project.graph.wires if {w.source, w.target} <= uids}
    added = set(pasted.graph.wires) - set(project.graph.wires)
    assert {(wire.source, wire.target) for wire in added} == between
    assert set(project.graph.wires) <= set(pasted.graph.wires)
    for node in pasted.graph.nodes:
        others = [other.path for other in pasted.graph.nodes if other is not node]
        assert paths.refusal(node.path, others) is None


def test_freezing_layers_is_one_change_and_thawing_them_leaves_no_entry() -> None:
    project = starter()
    frozen = changes.set_learning(project, "conv1", "conv2", frozen=True)
    assert frozen.learning == {"conv1": Learning(frozen=True), "conv2": Learning(frozen=True)}
    assert changes.set_learning(frozen, "conv1", "conv2", frozen=False) == project


def test_how_a_layer_learns_goes_with_it_and_comes_along_in_a_copy() -> None:
    project = changes.set_learning(starter(), "conv1", "fc1", frozen=True)
    project = changes.set_learning(project, "fc1", initialisation="zeros")
    clip = changes.copy(project, ["fc1", "relu1"])
    pasted, new = changes.paste(project, clip, (0.0, 0.0))
    assert {pasted.graph.by_uid[uid].type for uid in pasted.learning} == {"conv2d", "linear"}
    assert [pasted.learning[uid] for uid in new if uid in pasted.learning] == [Learning(True, "zeros")]
    assert changes.remove(project, ["fc1"]).learning == {"conv1": Learning(frozen=True)}


@pytest.mark.parametrize(
    ("values", "mean", "std"),
    [
        ({"mean": (0.1, 0.2, 0.3)}, (0.1, 0.2, 0.3), (0.3081, 0.3081, 0.3081)),
        ({"std": (0.1, 0.2, 0.3)}, (0.1307, 0.1307, 0.1307), (0.1, 0.2, 0.3)),
        ({"mean": (0.0,), "std": (1.0,)}, (0.0,), (1.0,)),
        ({"fit": "crop"}, (0.1307,), (0.3081,)),
    ],
)
def test_a_single_mean_or_deviation_stands_for_all_channels(
    values: dict[str, Any], mean: tuple[float, ...], std: tuple[float, ...]
) -> None:
    changed = changes.set_preprocessing(starter(), **values).preprocessing
    assert (changed.mean, changed.std) == (mean, std)
    assert changed.fit == values.get("fit", "pad")


def test_a_layer_of_unknown_type_can_be_copied() -> None:
    odd = Node("odd", "odd", "from_the_future", Frozen({"x": (1, 2)}), 7)
    project, new = changes.paste(Project(), changes.copy(Project(Graph((odd,))), ["odd"]), (0.0, 0.0))
    made = project.graph.by_uid[new[0]]
    assert (made.path, made.type, made.params, made.version) == ("layer1", odd.type, odd.params, 7)


def test_a_weight_set_by_hand_leaves_every_older_array_as_it_was() -> None:
    old = np.zeros((2, 2), np.float32)
    old.flags.writeable = False
    bias = np.ones(2, np.float32)
    project = replace(starter(), weights=Weights(5, Frozen({"fc1": Frozen({"weight": old, "bias": bias})})))
    changed = changes.set_weight(project, "fc1", project.weights.nodes["fc1"], "weight", (0, 1), 2.5)
    new = changed.weights.nodes["fc1"]["weight"]
    assert new.tolist() == [[0, 2.5], [0, 0]]
    assert not old.any()
    assert not new.flags.writeable
    assert project.weights.nodes["fc1"]["weight"] is old
    assert changed.weights.nodes["fc1"]["bias"] is bias
    assert changed.weights.step == 5


def test_fresh_weights_are_weights_that_are_not_there() -> None:
    held: Any = Frozen({name: Frozen({"weight": np.zeros(1)}) for name in ("conv1", "conv2")})
    project = replace(starter(), weights=Weights(5, held))
    some = changes.forget_weights(project, ["conv1"]).weights
    assert (some.step, set(some.nodes)) == (5, {"conv2"})
    everything = changes.forget_weights(project).weights
    assert (everything.step, set(everything.nodes)) == (0, set())
    assert set(project.weights.nodes) == {"conv1", "conv2"}


def test_newer_weights_leave_what_they_do_not_name() -> None:
    old = Weights(5, Frozen({"conv1": Frozen({"weight": "old"}), "gone": Frozen({"weight": "kept"})}))
    both = old.updated(Weights(9, Frozen({"conv1": Frozen({"weight": "new"})})))
    assert both.step == 9
    assert {uid: tensors["weight"] for uid, tensors in both.nodes.items()} == {"conv1": "new", "gone": "kept"}


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ParamError, match="Epochs"):
        changes.set_training(starter(), epochs=0)
    with pytest.raises(ParamError, match=r"Conv2d has no setting called depth\."):
        changes.set_params(starter(), "conv1", depth=3)


@pytest.mark.parametrize(("key", "version"), [("from_the_future", 1), ("conv2d", 2)])
def test_settings_that_this_version_does_not_know_stay_as_they_are(key: str, version: int) -> None:
    odd = Node("odd", "odd", key, Frozen({"out_channels": 4}), version)
    project = replace(starter(), graph=starter().graph.add(odd))
    with pytest.raises(GraphError, match="odd is of a type that this version does not know"):
        changes.set_params(project, "odd", out_channels=8)


def test_a_setting_is_stored_in_normal_form() -> None:
    project = changes.set_params(starter(), "conv1", kernel_size=5)
    assert project.graph.by_uid["conv1"].params["kernel_size"] == (5, 5)
