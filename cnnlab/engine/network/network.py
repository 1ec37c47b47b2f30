"""The graph as a torch module: every node one submodule, called once through ``__call__``, never in place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from cnnlab.core import catalog
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.engine.network import layers, shapes
from cnnlab.engine.system.processor import result_of


class BuildError(Refusal):
    """The graph cannot be made into a network; ``message`` says why. Nothing was allocated."""


@dataclass(frozen=True)
class _Step:
    uid: str
    module: nn.Module
    sources: tuple[tuple[str, int], ...]
    """Uid and output port of what each input reads."""
    done_with: tuple[str, ...]
    """Outputs that no later step reads."""


_Values = dict[str, tuple[Tensor, ...]]
"""Outputs of nodes that are still to be read, by uid: one tensor ``(N, …)`` for each output."""


def _take(step: _Step, pictures: Tensor, values: _Values) -> tuple[Tensor, ...]:
    """Do one step: put what it gives into ``values``, and take out of them what nobody reads any more."""
    made = step.module(*([values[uid][port] for uid, port in step.sources] or [pictures]))
    value = values[step.uid] = made if isinstance(made, tuple) else (made,)
    for source in step.done_with:
        del values[source]
    return value


_NEVER_FALLING = (nn.ReLU, nn.ReLU6, nn.LeakyReLU)
"""Activations f with f(x) ≤ f(y) for x ≤ y, also in floating point."""


class Network(nn.Module):
    """The nodes ``order`` of ``graph`` as modules under their paths, so that ``state_dict`` keys are ``path.weight``, and
    just ``path`` for a bare parameter."""

    def __init__(self, graph: Graph, facts: Facts, order: tuple[str, ...]) -> None:
        super().__init__()
        self.graph = graph
        self.order = order
        self._at = {uid: index for index, uid in enumerate(order)}
        self._steps: list[_Step] = []
        outputs = [node.uid for node in graph.of_type("output") if node.uid in order]
        self._output = outputs[0] if outputs else None
        last_reader = {wire.source: uid for uid in order for wire in graph.incoming(uid)}
        for uid in order:
            node = graph.by_uid[uid]
            spec = catalog.BY_KEY[node.type]
            inputs = tuple(shape for shape in facts.nodes[uid].inputs if shape is not None)
            module = layers.make(spec, spec.normal(node.params), inputs)
            self._register(node.path, module)
            sources = tuple((wire.source, wire.source_port) for wire in graph.incoming(uid))
            done_with = tuple(source for source in dict(sources) if last_reader[source] == uid)
            self._steps.append(_Step(uid, module, sources, done_with))
        self._bare = tuple(graph.by_uid[uid].path for uid in order if catalog.BY_KEY[graph.by_uid[uid].type].weight)
        for path in reversed(self._bare):
            self._put_first(path)
        self.register_state_dict_post_hook(_call_bare_by_path)
        self.register_load_state_dict_pre_hook(_call_bare_by_module)

    def _register(self, path: str, module: nn.Module) -> None:
        # Not by add_module, which refuses the names of this class's own attributes: a layer may be called "graph" or
        # "record". The attributes are found first, as long as they are set before.
        siblings, name = self._siblings(path)
        siblings[name] = module

    def _put_first(self, path: str) -> None:
        # Where the parameter would be if it were the module's own: before those of its submodules.
        siblings, name = self._siblings(path)
        rest = dict(siblings)
        siblings.clear()
        siblings.update({name: rest.pop(name)} | rest)

    def _siblings(self, path: str) -> tuple[dict[str, nn.Module | None], str]:
        """The submodules that ``path`` is or will be among, and its name there."""
        *parents, name = path.split(".")
        children = self._modules
        for part in parents:
            parent = children.setdefault(part, nn.Module())
            assert parent is not None
            children = parent._modules
        return children, name

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalised pictures ``(N, C, H, W)`` to logits ``(N, classes)``.

        In training mode an activation that only a max pooling reads comes after it: max(f(x)) = f(max(x)) for one that
        never falls, with the same gradients, and there are fewer values to work out. ``record`` keeps to the graph."""
        values: _Values = {}
        for step in self._quick_steps() if self.training else self._steps:
            _take(step, pictures, values)
        assert self._output is not None
        return values[self._output][0]

    def record(self, pictures: Tensor, uids: Collection[str]) -> tuple[Tensor | None, dict[str, Tensor]]:
        """Logits ``(N, classes)`` (None without an Output), and the output ``(N, …)`` of each node in ``uids``, several
        outputs joined along the channels. Nothing is detached."""
        return result_of(self.recording(pictures, uids))

    def recording(
        self, pictures: Tensor, uids: Collection[str]
    ) -> Generator[None, None, tuple[Tensor | None, dict[str, Tensor]]]:
        """Send pictures through, and give the output with what the nodes ``uids`` gave (see ``record``); rest after each layer."""
        values: _Values = {}
        recorded: dict[str, Tensor] = {}
        for step in self._steps:
            value = _take(step, pictures, values)
            if step.uid in uids:
                recorded[step.uid] = value[0] if len(value) == 1 else torch.cat(value, dim=1)
            yield
        return (values[self._output][0] if self._output else None), recorded

    def _quick_steps(self) -> list[_Step]:
        """The steps with each activation behind the pooling that it could as well come after: the two swap modules."""
        steps = list(self._steps)
        for index, step in enumerate(self._steps):
            if not isinstance(step.module, nn.MaxPool2d):
                continue
            [(before, _port)] = step.sources
            activation = steps[self._at[before]]
            only_reader = len(self.graph.outgoing(before)) == 1
            if only_reader and isinstance(activation.module, _NEVER_FALLING):
                steps[self._at[before]] = replace(activation, module=step.module)
                steps[index] = replace(step, module=activation.module)
        return steps

    def exchange(self, make: Callable[[nn.Module], nn.Module]) -> None:
        """Put ``make(module)``, which must have the same tensors, in the place of each node's module."""
        for index, step in enumerate(self._steps):
            module = make(step.module)
            if module is not step.module:
                self._register(self.graph.by_uid[step.uid].path, module)
                self._steps[index] = replace(step, module=module)

    def module(self, uid: str) -> nn.Module:
        """The submodule of one node; ``KeyError`` if it does not run."""
        return self._steps[self._at[uid]].module


def _call_bare_by_path(network: nn.Module, state: dict[str, Any], prefix: str, _metadata: Any) -> None:
    assert isinstance(network, Network)
    paths = {f"{prefix}{path}.weight": prefix + path for path in network._bare}
    items = list(state.items())
    state.clear()
    state.update((paths.get(key, key), value) for key, value in items)  # each stays in its place


def _call_bare_by_module(network: nn.Module, state: dict[str, Any], prefix: str, *_rest: Any) -> None:
    assert isinstance(network, Network)
    for path in network._bare:
        if prefix + path in state:
            state[f"{prefix}{path}.weight"] = state.pop(prefix + path)


def build(graph: Graph, *, whole: bool = True) -> Network:
    """The network on the CPU, its numbers not yet set (``weights.load`` sets them). ``whole`` asks for a way from Input to
    Output and leaves out what does not lead there; otherwise all that can run is built. Raises ``BuildError``."""
    facts = shapes.infer(graph)
    order = facts.order
    if whole:
        if facts.blocking:
            raise BuildError(facts.blocking[0].message)
        order = tuple(uid for uid in order if uid in facts.leading)
    elif not order:
        raise BuildError(_("Nothing in this network can run yet. Connect a layer to the input."))
    with torch.device("meta"):
        network = Network(graph, facts, order)
    return network.to_empty(device="cpu")
