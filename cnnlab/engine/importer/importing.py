"""A module in memory, somebody's own or torchvision's, as a project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from cnnlab.core.catalog import BY_KEY
from cnnlab.core.data.sources import SOURCES, Target
from cnnlab.core.graph.facts import Facts
from cnnlab.core.graph.graph import Graph
from cnnlab.core.layout import arrange
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Block, DataSettings, Layout, Project, Weights
from cnnlab.core.training.learning import Learning
from cnnlab.core.values import Frozen
from cnnlab.engine.importer import dependence
from cnnlab.engine.importer.modules import is_layer
from cnnlab.engine.importer.refusals import ImportRefused, refused
from cnnlab.engine.importer.rewriting import rewrite
from cnnlab.engine.importer.tracing import Trace, trace
from cnnlab.engine.network import shapes, weights


def import_module(module: nn.Module, example_input: Tensor, title: str = "") -> Project:
    """``module`` as a project that computes the same, in training and in evaluation, with the module's own numbers.

    ``example_input`` ``(N, C, H, W)`` gives the size of the pictures; ``title`` is the name of the class if empty. Layers
    have the module's paths, so that ``state_dict`` keys are its own. ``forward`` runs a few times, on stand-ins without
    numbers; the module is left as it was, and later changes of it do not change the project. On torch's meta device it has
    no numbers to take over, and the project will be initialised afresh.

    The project's note tells three things. What ``forward`` never uses becomes no layer: students' modules often hold such
    parts, and refusing them would help nobody, but a ``state_dict`` of the module then has keys that the network lacks.
    What the code works out from the size of the pictures, as in ``F.interpolate(x, size=(32, 32))``, holds for the size of
    the example only, unless a layer does so at every size. And a layer is frozen if none of its parameters has
    ``requires_grad``: the running means of a normalisation layer stay then too, which torch would go on moving; a layer where
    some have it will be trained whole.

    Raises ``ImportRefused`` for what layers cannot do, naming the line of ``forward``; nothing else is changed."""
    _refuse_unfit(module, example_input)
    traced = trace(module, example_input, is_layer)
    first = rewrite(traced, module)
    for problem in shapes.infer(first.graph).blocking[:1]:
        raise refused(problem.message, first.origins[problem.uid].line if problem.uid else None)
    dependence.refuse_counted(first, module, example_input)
    sized = dependence.with_sizes(first, module, example_input)
    return _project(module, traced, sized.graph, title, (sized.note,) if sized.note else ())


def import_trusted(module: nn.Module, example_input: Tensor, title: str) -> Project:
    """``import_module`` for a module of torchvision's, which does the same with every number and size of pictures."""
    traced = trace(module, example_input, is_layer)
    return _project(module, traced, rewrite(traced, module).graph, title, ())


def _project(module: nn.Module, traced: Trace, graph: Graph, title: str, notes: tuple[Message, ...]) -> Project:
    facts = shapes.infer(graph)
    keys = _keys(graph, module)
    still = _still(keys, module)
    return Project(
        graph=graph,
        layout=Layout(Frozen(arrange.places(graph)), Frozen(_blocks(graph, module, traced))),
        data=_data(graph, facts),
        learning=Frozen({uid: Learning(frozen=True) for uid, whole in still.items() if whole}),
        weights=_numbers(keys, module),
        title=title or type(module).__name__,
        note=" ".join(map(str, (*notes, *_of_still(graph, still), *_unused(keys, module)))),
    )


def _refuse_unfit(module: nn.Module, example: Tensor) -> None:
    """Refuse, before anything is traced, what would not be imported as it is."""
    _refuse_no_network(module)
    _refuse_no_pictures(example)
    for path, part in module.named_modules():
        _refuse_unfinished(path or type(module).__name__, part)
        _refuse_changed(path or type(module).__name__, part)
    _refuse_shared(module)
    _refuse_other_numbers(module)


def _refuse_no_network(module: nn.Module) -> None:
    if not isinstance(module, nn.Module) or isinstance(module, torch.jit.ScriptModule):
        kind = type(module).__name__
        raise ImportRefused(
            _("Only a PyTorch module whose forward is Python code can be imported, not a {kind}.", kind=kind)
        )
    if is_layer(module):
        raise ImportRefused(_("This is a single layer, not a network: put it into nn.Sequential and import that."))


def _refuse_no_pictures(example: Any) -> None:
    if not isinstance(example, Tensor):
        raise ImportRefused(
            _(
                "The example must be a batch of pictures (N, C, H, W), such as torch.rand(1, 3, 224, 224), not a {kind}.",
                kind=type(example).__name__,
            )
        )
    if example.ndim != 4 or not example.is_floating_point() or 0 in example.shape:
        raise ImportRefused(
            _(
                "The example must be a batch of pictures (N, C, H, W) of floating-point numbers, such as "
                "torch.rand(1, 3, 224, 224); this one is {shape}, {dtype}.",
                shape=tuple(example.shape), dtype=str(example.dtype),
            )
        )  # fmt: skip


def _refuse_unfinished(name: str, part: nn.Module) -> None:
    tensors = (*part.parameters(recurse=False), *part.buffers(recurse=False))
    if any(nn.parameter.is_lazy(tensor) for tensor in tensors):
        raise ImportRefused(
            _("“{name}” does not know its sizes yet. Call the module once with a batch of pictures first.", name=name)
        )


def _refuse_changed(name: str, part: nn.Module) -> None:
    hooks = part._forward_hooks or part._forward_pre_hooks
    if hooks or "forward" in vars(part) or parametrize.is_parametrized(part):
        raise ImportRefused(
            _(
                "“{name}” has a hook, a parametrisation or a forward of its own set from outside, which may change what "
                "it computes. Remove it (handle.remove(), remove_parametrizations) and import again.", name=name,
            )
        )  # fmt: skip


def _refuse_shared(module: nn.Module) -> None:
    """Two modules with one parameter would part in training. One module under two names is still one."""
    holders: dict[int, str] = {}
    for path, part in module.named_modules():
        for name, parameter in part.named_parameters(path, recurse=False):
            first = holders.setdefault(id(parameter), name)
            if first != name:
                raise ImportRefused(
                    _(
                        "“{first}” and “{second}” are one and the same parameter. Layers here do not share weights: "
                        "give each its own.", first=first, second=name,
                    )
                )  # fmt: skip


def _refuse_other_numbers(module: nn.Module) -> None:
    for key, tensor in module.state_dict(keep_vars=True).items():
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            dtype = str(tensor.dtype)
            raise ImportRefused(
                _("“{name}” is {dtype}. Numbers are float32 here: call module.float() first.", name=key, dtype=dtype)
            )


def _data(graph: Graph, facts: Facts) -> DataSettings:
    """The pictures whose size and number of classes the network has; none if there are no such."""
    (first,), (last,) = graph.of_type("input"), graph.of_type("output")
    size, logits = facts.of(first.uid).output, facts.of(last.uid).inputs[0]
    for name, source in SOURCES.items():
        if (
            source.has_pictures
            and source.shape == size
            and (source.outputs,) == logits
            and source.target is Target.CLASSES
        ):
            return DataSettings(source=name)
    return DataSettings(source="none")


def _keys(graph: Graph, module: nn.Module) -> dict[str, dict[str, str]]:
    """The key of each tensor in a ``state_dict``, by the uid of its layer and its name there."""
    own = module.state_dict(keep_vars=True)
    keys: dict[str, dict[str, str]] = {}
    for uid, tensors in weights.tensor_shapes(graph).items():
        node = graph.by_uid[uid]
        bare = bool(BY_KEY[node.type].weight)
        keys[uid] = {name: node.path if bare else f"{node.path}.{name}" for name in tensors}
        assert all(own[keys[uid][name]].shape == shape for name, shape in tensors.items()), node.path
    return keys


def _numbers(keys: Mapping[str, Mapping[str, str]], module: nn.Module) -> Weights:
    """Copies of the module's numbers, by layer; none if it lives on meta."""
    own = module.state_dict()
    if any(tensor.is_meta for tensor in own.values()):
        return Weights()
    return Weights(
        0,
        Frozen(
            {
                uid: Frozen({name: weights.frozen_array(own[key]) for name, key in names.items()})
                for uid, names in keys.items()
            }
        ),
    )


def _blocks(graph: Graph, module: nn.Module, traced: Trace) -> dict[str, Block]:
    """The classes of the modules around layers, by path; torch's own containers have no name worth showing."""
    around = {path.rsplit(".", end)[0] for path in graph.by_path for end in range(1, path.count(".") + 1)}
    kinds = {path: type(part) for path, part in module.named_modules()} | traced.kinds
    return {
        path: Block(kind.__name__)
        for path, kind in kinds.items()
        if path in around and not kind.__module__.startswith("torch.nn.")
    }


def _still(keys: Mapping[str, Mapping[str, str]], module: nn.Module) -> dict[str, bool]:
    """By uid, the layers with parameters that the module does not train, and whether that is all they have."""
    learns = {key: parameter.requires_grad for key, parameter in module.named_parameters()}
    own = {uid: [learns[key] for key in names.values() if key in learns] for uid, names in keys.items()}
    return {uid: not any(each) for uid, each in own.items() if not all(each)}


def _of_still(graph: Graph, still: Mapping[str, bool]) -> list[Message]:
    """Notes on layers that are frozen, or cannot be."""
    notes = []
    frozen, partly = (
        [graph.by_uid[uid].path for uid, whole in still.items() if whole is asked] for asked in (True, False)
    )
    if frozen:
        notes.append(_("Frozen, because requires_grad is False: {paths}.", paths=_listed(frozen)))
    if partly:
        notes.append(
            _("Will be trained whole, though requires_grad is False for a part of it: {paths}.", paths=_listed(partly))
        )
    return notes


def _listed(paths: list[str]) -> str:
    """The first of them by name, and how many there are if that is not all."""
    each = list(dict.fromkeys(paths))
    maximum = 8
    return ", ".join(each) if len(each) <= maximum else f"{', '.join(each[:maximum])} … ({len(each)})"


def _unused(keys: Mapping[str, Mapping[str, str]], module: nn.Module) -> list[Message]:
    """Notes on keys of the module's ``state_dict`` that the network does not have."""
    own = module.state_dict(keep_vars=True)
    used = {key for names in keys.values() for key in names.values()}
    numbers = {id(own[key]) for key in used}
    left = {key.rpartition(".")[0] or key: id(own[key]) in numbers for key in own if key not in used}
    idle = ", ".join(path for path, again in left.items() if not again)
    twice = ", ".join(path for path, again in left.items() if again)
    notes = [_("Left out, because forward does not use it: {paths}.", paths=idle)] if idle else []
    notes += [_("Left out, because it is a second name of another layer: {paths}.", paths=twice)] if twice else []
    return notes
