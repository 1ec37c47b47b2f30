"""The edits a person makes, as functions from one project to the next. They raise ``GraphError`` or ``ParamError``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.core import catalog
from cnnlab.core.data.preprocessing import Preprocessing, evened
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.graph import paths
from cnnlab.core.graph.graph import Graph, GraphError, Node, Wire, new_uid
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Block, Layout, Point, Project
from cnnlab.core.training.learning import Learning
from cnnlab.core.training.losses import FITTING, LOSSES
from cnnlab.core.values import Frozen


def add_layer(project: Project, key: str, at: Point, uid: str | None = None, **params: Any) -> Project:
    """With a layer of type ``key`` at its defaults (and ``params``) more, its card's corner at ``at``."""
    spec = catalog.BY_KEY[key]
    node = Node(uid or new_uid(), paths.free(spec.stem, project.graph.by_path), key, spec.normal(params), spec.version)
    return move(replace(project, graph=project.graph.add(node)), {node.uid: at})


def remove(project: Project, uids: Iterable[str]) -> Project:
    """Without these layers and their wires. Weights stay in the snapshot, for an undo."""
    gone = set(uids)
    graph = project.graph.remove(gone)
    positions = project.layout.positions.without(gone)
    layout = Layout(positions, _inhabited(project.layout.blocks, graph))
    return replace(project, graph=graph, layout=layout, learning=project.learning.without(gone))


def remove_and_join(project: Project, uid: str) -> Project:
    """Without this layer, what fed its first input now feeding all that it fed."""
    graph = project.graph
    for feeding in graph.incoming(uid)[:1]:
        for wire in graph.outgoing(uid):  # each is replaced in its port, so that a join keeps the order of its inputs
            graph = graph.connect(replace(wire, source=feeding.source, source_port=feeding.source_port))
    return remove(replace(project, graph=graph), [uid])


def connect(project: Project, wire: Wire) -> Project:
    """With one wire more; a wire that already ends in the same port is replaced."""
    return replace(project, graph=project.graph.connect(wire))


def disconnect(project: Project, wires: Iterable[Wire]) -> Project:
    """Without these wires."""
    return replace(project, graph=project.graph.disconnect(wires))


def move_end(project: Project, old: Wire, new: Wire) -> Project:
    """With ``new`` instead of ``old``, one end of a wire moved to another port. Two wires into the same join change places, and
    no other input gets another number."""
    if old.end == new.end:
        return connect(project, new)  # the join's other wires must not close up into the port meanwhile
    if old.target == new.target:
        inputs = project.graph.incoming(new.target)
        other = next((wire for wire in inputs if wire.end == new.end), None)
        if other is not None:
            return connect(connect(project, new), replace(other, target_port=old.target_port))
        new = replace(new, target_port=len(inputs) - 1)
    return connect(disconnect(project, [old]), new)


def insert_on_wire(project: Project, wire: Wire, uid: str) -> Project:
    """With the layer ``uid`` put into the middle of a wire."""
    graph = project.graph.connect(replace(wire, source=uid, source_port=0))
    return replace(project, graph=graph.connect(replace(wire, target=uid, target_port=0)))


def move(project: Project, places: Mapping[str, Point]) -> Project:
    """With cards at other places; the network is the same."""
    positions = project.layout.positions | {uid: (float(x), float(y)) for uid, (x, y) in places.items()}
    return replace(project, layout=replace(project.layout, positions=positions))


def set_params(project: Project, uid: str, **values: Any) -> Project:
    """With some settings of one layer changed. Wires from outputs that it then no longer has are gone."""
    node = project.graph.by_uid[uid]
    spec = catalog.find(node)
    if spec is None:
        raise GraphError(
            _("{name} is of a type that this version does not know, so its settings stay as they are.", name=node.path)
        )
    params = spec.normal(node.params | values)
    graph = project.graph.change(replace(node, params=params))
    lost = [wire for wire in graph.outgoing(uid) if wire.source_port >= spec.ports(params)]
    return replace(project, graph=graph.disconnect(lost) if lost else graph)


def rename(project: Project, uid: str, path: str) -> Project:
    """With a layer called otherwise; its uid, wires and weights stay. A block that it was the last to leave has moved, if the
    layer has the same place in another: that one is of the same kind then, unless its own is known."""
    node = project.graph.by_uid[uid]
    graph = project.graph.change(replace(node, path=path))
    before = project.layout.blocks
    blocks = _inhabited(before, graph)
    old, new = node.path, path
    while "." in old and "." in new and old.rpartition(".")[2] == new.rpartition(".")[2]:
        old, new = old.rpartition(".")[0], new.rpartition(".")[0]
        if old in before and old not in blocks and new not in blocks:
            blocks |= {new: before[old]}
    return replace(project, graph=graph, layout=replace(project.layout, blocks=blocks))


def _inhabited(blocks: Frozen[str, Block], graph: Graph) -> Frozen[str, Block]:
    """Without the blocks that hold no layer of ``graph``."""
    around = {path[:at] for path in graph.by_path for at, letter in enumerate(path) if letter == "."}
    return blocks.without(set(blocks) - around)


def set_training(project: Project, **values: Any) -> Project:
    """With some settings of training changed."""
    return replace(project, training=replace(project.training, **values))


def set_augmentation(project: Project, **values: Any) -> Project:
    """With some settings of the augmentation changed."""
    return replace(project, augmentation=replace(project.augmentation, **values))


def set_preprocessing(project: Project, **values: Any) -> Project:
    """With pictures brought to the network otherwise. A single mean or deviation stands for as many as there are of the
    other."""
    changed = {**vars(project.preprocessing), **values}
    mean, std = evened(changed["mean"], changed["std"])
    return replace(project, preprocessing=Preprocessing(mean, std, changed["fit"]))


def set_learning(project: Project, *uids: str, **values: Any) -> Project:
    """With another start of these layers' weights, or with them frozen or no longer so. A layer that learns as usual has no
    entry."""
    learning = project.learning
    for uid in uids:
        changed = replace(learning.get(uid, Learning()), **values)
        others = learning.without({uid})
        learning = others if changed == Learning() else others | {uid: changed}
    return replace(project, learning=learning)


def set_data(project: Project, **values: Any) -> Project:
    """With some settings of the data changed."""
    return replace(project, data=replace(project.data, **values))


def set_weight(
    project: Project, uid: str, tensors: Mapping[str, Any], name: str, index: tuple[int, ...], value: float
) -> Project:
    """With one number of a layer's weights set by hand. ``tensors`` is what the layer has now: a layer that was never
    trained has numbers from its seed, which are not in the project yet. The arrays themselves stay as they are."""
    array = tensors[name].copy()
    array[index] = value
    array.flags.writeable = False
    nodes = project.weights.nodes | {uid: Frozen({**tensors, name: array})}
    return replace(project, weights=replace(project.weights, nodes=nodes))


def forget_weights(project: Project, uids: Iterable[str] | None = None) -> Project:
    """With fresh weights in these layers (all, if None) the next time the network is built."""
    if uids is None:
        return replace(project, weights=replace(project.weights, step=0, nodes=Frozen()))
    return replace(project, weights=replace(project.weights, nodes=project.weights.nodes.without(set(uids))))


@dataclass(frozen=True)
class Clip:
    """Layers taken along by copy: nodes, the wires between them, their places, and how they take part in training."""

    graph: Graph
    positions: Frozen[str, Point]
    learning: Frozen[str, Learning] = Frozen()


def copy(project: Project, uids: Iterable[str]) -> Clip:
    """The layers ``uids`` with the wires between them."""
    choose_data = set(uids)
    nodes = tuple(node for node in project.graph.nodes if node.uid in choose_data)
    wires = tuple(wire for wire in project.graph.wires if wire.source in choose_data and wire.target in choose_data)
    places = Frozen({uid: place for uid, place in project.layout.positions.items() if uid in choose_data})
    learning = Frozen({uid: learns for uid, learns in project.learning.items() if uid in choose_data})
    return Clip(Graph(nodes, wires), places, learning)


def paste(project: Project, clip: Clip, by: Point) -> tuple[Project, tuple[str, ...]]:
    """With copies of the clip's layers, moved ``by`` (x, y) from where they were; and the new uids. Copies get names and
    identities of their own, so they start with fresh weights."""
    uids = {node.uid: new_uid() for node in clip.graph.nodes}
    graph = project.graph
    for node in clip.graph.nodes:
        spec = catalog.find(node)
        stem = spec.stem if spec else "layer"
        graph = graph.add(replace(node, uid=uids[node.uid], path=paths.free(stem, graph.by_path)))
    for wire in clip.graph.wires:
        graph = graph.connect(replace(wire, source=uids[wire.source], target=uids[wire.target]))
    places = {uids[uid]: (x + by[0], y + by[1]) for uid, (x, y) in clip.positions.items()}
    learning = project.learning | {uids[uid]: learns for uid, learns in clip.learning.items()}
    return move(replace(project, graph=graph, learning=learning), places), tuple(uids.values())


def choose_data(project: Project, name: str, folder: str = "", classes: tuple[str, ...] = ()) -> Project:
    """``project`` on the data set ``name``, whose pictures lie in ``folder``, with ``classes`` where only the folder tells
    them.

    The Input gets the size of the pictures, unless those are of the size that the old ones had or are brought to its own; the
    preprocessing is the set's; a Linear layer that feeds the Output gives as many values as are needed; and a loss that is for
    another task makes place for the usual one. What else no longer fits is told as a problem of the network. From another
    folder of the same set only what its classes ask for is changed."""
    if name == project.data.source:
        return _with_outputs(set_data(project, folder=folder, classes=classes))
    old, source = SOURCES[project.data.source], SOURCES[name]
    fit = project.preprocessing.fit if old.shape == source.shape else source.preprocessing.fit
    project = replace(
        project,
        data=replace(project.data, source=name, folder=folder, classes=classes),
        preprocessing=replace(source.preprocessing, fit=fit),
    )
    if LOSSES[project.training.loss].target is not source.target:
        project = set_training(project, loss=FITTING[source.target][0])
    if not source.any_size and source.shape != old.shape:
        channels, height, width = source.shape
        for node in project.graph.of_type("input")[:1]:
            project = set_params(project, node.uid, channels=channels, height=height, width=width)
    return _with_outputs(project)


def _with_outputs(project: Project) -> Project:
    for output in project.graph.of_type("output")[:1]:
        for wire in project.graph.incoming(output.uid):
            giver = project.graph.by_uid[wire.source]
            if giver.type == "linear" and project.outputs is not None:
                project = set_params(project, giver.uid, out_features=project.outputs)
    return project
