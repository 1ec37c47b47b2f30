"""From the calls of a module to nodes and wires of the catalogue's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, fx, nn

from cnnlab.core.catalog import BY_KEY
from cnnlab.core.graph import paths
from cnnlab.core.graph.graph import Graph, Node, Wire, new_uid
from cnnlab.core.graph.shapes import Shape, show
from cnnlab.core.messages import message as _
from cnnlab.engine.importer import advice, functions, known, patterns, sums
from cnnlab.engine.importer.layer_calls import LayerCall
from cnnlab.engine.importer.modules import Layer, layer_of, layer_with
from cnnlab.engine.importer.refusals import ImportRefused, SourceLine, Unsuitable, refused
from cnnlab.engine.importer.tracing import Trace

OutputPort = tuple[str, int]
"""The layer that gives a value, by its uid, and the output port that it leaves by."""


@dataclass(frozen=True)
class Origin:
    """Where a layer comes from: the line of the call, and the sizes that it read."""

    line: SourceLine | None
    inputs: tuple[Shape, ...]


@dataclass(frozen=True)
class Rewritten:
    """A network, and where its layers come from, by uid."""

    graph: Graph
    origins: Mapping[str, Origin]


def rewrite(traced: Trace, module: nn.Module) -> Rewritten:
    """The network that ``traced`` says; what does not lead to its answer is left out. Raises ``ImportRefused``."""
    rewriter = _Rewriter(traced, module)
    for node in traced.graph.nodes:
        try:
            rewriter.take(node)
        except Unsuitable as error:
            raise refused(error.why, known.line(node)) from error
    return Rewritten(rewriter.graph(), rewriter.origins)


class _Rewriter:
    def __init__(self, traced: Trace, module: nn.Module) -> None:
        self._names = traced.names
        self._module = module
        self._loose = traced.loose
        self._parts = dict(module.named_modules()) | traced.loose
        self._outputs: dict[fx.Node, OutputPort] = {}
        self._nodes: list[Node] = []
        self.origins: dict[str, Origin] = {}
        self._wires: list[Wire] = []
        self._used: dict[str, SourceLine | None] = {}
        """Paths of modules and parameters with numbers of their own that have become layers, and where."""

    def graph(self) -> Graph:
        """The calls as layers and wires, less what the output does not need."""
        for node in self._nodes:
            why = paths.refusal(node.path, ())
            if why:
                raise refused(why, None)
        needed = {self._nodes[-1].uid}
        for wire in reversed(self._wires):  # a wire comes after those to its source
            if wire.target in needed:
                needed.add(wire.source)
        return Graph(
            tuple(node for node in self._nodes if node.uid in needed),
            tuple(wire for wire in self._wires if wire.target in needed),
        )

    def take(self, node: fx.Node) -> None:
        """Make a layer of ``node``, or leave it for a later call that completes a pattern."""
        if node.op == "placeholder":
            channels, height, width = known.shape(node)[1:]
            layer = layer_with(BY_KEY["input"], {"channels": channels, "height": height, "width": width})
            self._add(node, layer, (), self._names.within("", "input"))
        elif node.op == "output":
            self._take_output(node)
        elif node.op == "call_module":
            self._take_module(node)
        elif node.op != "get_attr":
            self._take_function(node)

    def _take_output(self, node: fx.Node) -> None:
        answer = node.args[0]
        if not isinstance(answer, fx.Node) or not isinstance(known.size(answer), Tensor):
            if type(self._module).__module__.startswith("torchvision."):
                why = _("It returns the logits of auxiliary heads too. Make it without them: aux_logits=False.")
            else:
                why = _(
                    "Its forward returns several things, or something other than one tensor. Let it return the logits only."
                )
            raise refused(why, known.line(node.prev))  # the last call before it returns
        if len(known.shape(answer)) != 2:
            raise refused(
                _(
                    "Its output is {size} for each picture, but it must be a list of logits, one for each class.",
                    size=show(known.shape(answer)[1:]),
                ),
                known.line(answer),
            )
        self._add(node, layer_with(BY_KEY["output"], {}), (answer,), self._names.within("", "output"))

    def _take_module(self, node: fx.Node) -> None:
        target = str(node.target)
        part = self._parts[target]
        path = type(part).__name__ if target in self._loose else target
        if len(node.args) + len(node.kwargs) != 1 or len(node.all_input_nodes) != 1:
            raise Unsuitable(_("“{path}” is called with something other than one tensor.", path=path))
        (source,) = node.all_input_nodes
        try:
            layer = layer_of(part, (self._shape(source),))
        except Unsuitable as error:
            raise Unsuitable(_("“{path}” cannot become a layer: {why}", path=path, why=error.why)) from error
        if any(True for _tensor in part.state_dict()):
            self._use(path, node)
        if target in self._loose:
            self._add(node, layer, (source,), self._names.within(known.call(node), layer.spec.stem))
        else:
            self._add(node, layer, (source,), self._names.of_call(known.call(node), layer.spec.stem))

    def _take_function(self, node: fx.Node) -> None:
        if functions.name_of(node) == "getitem" and isinstance(known.size(node.all_input_nodes[0]), (tuple, list)):
            source = node.all_input_nodes[0]
            uid, _port = self._output_of(source)
            assert isinstance(node.args[1], int)
            self._outputs[node] = (uid, node.args[1] % len(known.size(source)))
            return
        mode = node.meta.get("training", (None, None))
        if mode[1]:
            raise Unsuitable(
                _("This dropout is on in evaluation too. Write training=self.training, or use nn.Dropout.")
            )
        if mode[0] is False:  # it never drops anything
            self._outputs[node] = self._output_of(node.all_input_nodes[0])
            return
        twin = functions.twin(node)
        if twin is not None:
            source = node.all_input_nodes[0]
            found: LayerCall | None = LayerCall(layer_of(twin, (self._shape(source),)), (source,))
        else:
            found = sums.find(node, self._outputs) or patterns.find(node, self._outputs)
        if found is None:
            if not (patterns.may_be_part(node) or sums.may_be_part(node)):
                raise self._no_layer(node)
            return
        if found.layer is None:
            self._outputs[node] = self._output_of(found.sources[0])
        elif found.parameter:
            self._use(found.parameter, node)
            self._add(node, found.layer, found.sources, found.parameter)
        else:
            self._add(node, found.layer, found.sources, self._names.within(known.call(node), found.layer.spec.stem))

    def _use(self, path: str, node: fx.Node) -> None:
        """Every number of the module belongs to one layer."""
        if path in self._used:
            first = self._used[path]
            raise Unsuitable(
                _(
                    "“{path}” has weights and is used a second time (first in {where}). Layers here do not share "
                    "weights: give each use a module of its own.",
                    path=path, where=first.text() if first else path,
                )
            )  # fmt: skip
        self._used[path] = known.line(node)

    def _add(self, node: fx.Node, layer: Layer, sources: Sequence[fx.Node], path: str) -> None:
        for source in sources:
            if len(self._shape(source)) not in layer.spec.accepts:
                raise Unsuitable(
                    _("{layer} cannot take {size}.", layer=layer.spec.title, size=show(self._shape(source)))
                )
        made = Node(new_uid(), path, layer.spec.key, layer.params, layer.spec.version)
        for port, source in enumerate(sources):
            uid, source_port = self._output_of(source)
            self._wires.append(Wire(uid, made.uid, source_port, port))
        self._nodes.append(made)
        self.origins[made.uid] = Origin(known.line(node), tuple(map(self._shape, sources)))
        self._outputs[node] = (made.uid, 0)

    def _output_of(self, node: fx.Node) -> OutputPort:
        if node not in self._outputs:
            raise self._no_layer(node)
        return self._outputs[node]

    def _shape(self, node: fx.Node) -> Shape:
        """The size for one picture."""
        self._output_of(node)
        return known.shape(node)[1:]

    def _no_layer(self, node: fx.Node) -> ImportRefused:
        """The refusal of a call that no layer does, or of the one before it that no later call made part of a layer."""
        while unplaced := [
            source for source in node.all_input_nodes if source not in self._outputs and source.op != "get_attr"
        ]:
            node = unplaced[0]
        learned = any(source.op == "get_attr" for source in (node, *node.all_input_nodes))
        name = advice.shown(functions.name_of(node))
        instead = advice.instead(functions.name_of(node), learned=learned)
        if learned:
            why = _("“{name}” works on a parameter or buffer directly. {instead}", name=name, instead=instead)
        elif node.all_input_nodes and isinstance(known.size(node.all_input_nodes[0]), Tensor):
            size = show(known.shape(node.all_input_nodes[0])[1:])
            why = _(
                "No layer does what “{name}” does with {size} here. {instead}",
                name=name, size=size, instead=instead,
            )  # fmt: skip
        else:
            why = _("No layer does what “{name}” does. {instead}", name=name, instead=instead)
        return refused(why, known.line(node))
