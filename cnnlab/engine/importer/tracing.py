"""The calls that a module makes for a picture, in a list: torch.fx, with the size of every value known.

torch.fx calls ``forward`` once with stand-ins that write down what is done to them. Here each also carries its value on
torch's meta device, so that sizes are plain numbers to the traced code: ``if x.shape[2] > 8`` and ``x.view(x.size(0), -1)``
work. What depends on the numbers *in* the picture cannot be traced and is refused.
"""

from __future__ import annotations

import inspect
import operator
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.engine.importer import differences, failures, known, modes
from cnnlab.engine.importer.naming import Names
from cnnlab.engine.importer.refusals import ImportRefused, SourceLine, current_line, refused

Sizes = dict[tuple[str, torch.Size], Any]
"""Outputs of layers on meta, by path and input size: the same in both modes, and slow to get for BatchNorm."""
_one_at_a_time = threading.Lock()
"""torch.fx replaces ``nn.Module.__call__`` while it traces; of two at once, one would undo the other's."""


@dataclass(frozen=True)
class Trace:
    """The calls of one module, and the names that its modules and their calls have."""

    graph: fx.Graph
    names: Names
    kinds: dict[str, type[nn.Module]]
    """The classes of the modules that are no layer, by the path of each call."""
    loose: dict[str, nn.Module]
    """The layers without numbers that ``forward`` makes itself, by what the calls have as their target."""


def trace(module: nn.Module, example: Tensor, is_layer: Callable[[nn.Module], bool]) -> Trace:
    """The calls that ``module`` makes for pictures like ``example``; modules for which ``is_layer`` holds are one call.

    The module is traced as in evaluation, twice, and as in training, and must do the same each time, but for dropout. It is
    left as it was, whatever its ``forward`` does to it. Raises ``ImportRefused``."""
    with _one_at_a_time:
        sizes: Sizes = {}
        with _left_as_it_was(module):
            in_evaluation = _trace_once(module, example, is_layer, sizes, training=False)
            again = _trace_once(module, example, is_layer, sizes, training=False)
        with _left_as_it_was(module):
            in_training = _trace_once(module, example, is_layer, sizes, training=True)
        differences.refuse_from_call_to_call(in_evaluation.graph, again.graph)
        differences.refuse_between_modes(in_training.graph, in_evaluation.graph, module)
        # The one in training knows what dropout does there.
        return in_training


def _trace_once(
    module: nn.Module, example: Tensor, is_layer: Callable[[nn.Module], bool], sizes: Sizes, *, training: bool
) -> Trace:
    tracer = _Tracer(module, example, is_layer, sizes, training)
    try:
        module.train(training)  # somebody's own train() may leave parts in another mode
        with torch.set_grad_enabled(training):  # the parts are asked for their sizes without gradients
            return Trace(tracer.trace(module), tracer.names, tracer.kinds, tracer.loose)
    except ImportRefused:
        raise
    except Exception as error:  # whatever somebody's own code raises
        raise failures.failed(error) from error


@contextmanager
def _left_as_it_was(module: nn.Module) -> Iterator[None]:
    """Puts back what ``forward`` changes in any part: modes and counters, the numbers of buffers, new submodules, and what it
    keeps of the picture, also in lists, dicts and sets. What these hold is taken as it is."""
    attributes = [(part, dict(vars(part))) for part in module.modules()]
    containers = [
        (held, held.copy())
        for _part, own in attributes
        for held in own.values()  # torch too keeps its parameters, buffers and submodules in dicts
        if isinstance(held, (list, dict, set))
    ]
    numbers = [(buffer, buffer.clone()) for buffer in module.buffers()]  # parameters are stand-ins while tracing
    learning = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    try:
        yield
    finally:
        for part, own in attributes:
            vars(part).clear()
            vars(part).update(own)
        for held, content in containers:
            held.clear()
            if isinstance(held, list):
                held.extend(content)
            else:
                held.update(content)
        with torch.no_grad():
            for buffer, before in numbers:
                buffer.copy_(before)
        for parameter, learns in learning:
            parameter.requires_grad_(learns)


class _Tracer(fx.Tracer):
    def __init__(
        self,
        module: nn.Module,
        example: Tensor,
        is_layer: Callable[[nn.Module], bool],
        sizes: Sizes,
        training: bool,
    ) -> None:
        super().__init__(autowrap_functions=known.WRAPPED)
        self._sizes = sizes
        self._training = training
        self._surroundings = replace(modes.Surroundings.now(), gradients=training)
        self.names = Names(module)
        self.kinds: dict[str, type[nn.Module]] = {}
        # At least two pictures, so that an axis of size 1 is never the batch.
        self._pictures = torch.empty((max(2, example.shape[0]), *example.shape[1:]), dtype=example.dtype, device="meta")
        self._is_layer = is_layer
        self.loose: dict[str, nn.Module] = {}
        self._parts = dict(module.named_modules())
        self._thread = threading.get_ident()
        self._measuring = False
        self._scopes: list[tuple[str, str]] = []
        """For each of the calls that run now: the path of the module, and that of the call."""
        self._sharing: dict[fx.Node, list[fx.Node]] = {}
        """Nodes that may look into the numbers of a node, by that node."""
        self._overwritten: dict[fx.Node, SourceLine | None] = {}

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return self._is_layer(m)

    def proxy(self, node: fx.Node) -> fx.Proxy:
        return known.Known(node, self)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, fx.Proxy]) -> Any:
        if self._measuring or threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        # The replaced __call__ is everybody's: another thread may be training meanwhile.
        if self._measuring or threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        try:
            path = self.path_of_module(m)
        except NameError:  # torch.fx does not find it
            return self._call_loose(m, forward, args, kwargs)
        if self._is_layer(m):
            modes.refuse_other_mode(m, path, self._training)
            return self.create_proxy("call_module", path, args, kwargs)
        call = self.names.of_call(self._renamed(path), type(m).__name__.lower())
        self.kinds[call] = type(m)
        self._scopes.append((path, call))
        try:
            return forward(*args, **kwargs)
        finally:
            self._scopes.pop()

    def _call_loose(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """A call of a module that is no part of the one traced, such as ``nn.ReLU()(x)``."""
        if m.state_dict():
            raise refused(self._why_loose(m), current_line())
        if not self._is_layer(m):
            return forward(*args, **kwargs)
        modes.refuse_other_mode(m, type(m).__name__, self._training)
        target = f"{m!r} {len(self.loose)}"
        self.loose[target] = self._parts[target] = m
        return self.create_proxy("call_module", target, args, kwargs)

    def _why_loose(self, m: nn.Module) -> Message:
        for part in self.root.modules():
            for held in vars(part).values():
                items = (
                    held.values() if isinstance(held, dict) else held if isinstance(held, (list, tuple)) else (held,)
                )
                if any(isinstance(item, nn.Module) and m in item.modules() for item in items):
                    return _(
                        "It uses a layer in a plain list or dict. PyTorch does not see layers there and would not train them: "
                        "use nn.ModuleList or nn.ModuleDict."
                    )
        return _(
            "It makes a layer in forward. Make it in __init__; or, if it is made only once, call the module with a batch of "
            "pictures first."
        )

    def _renamed(self, path: str) -> str:
        """The path of a module as part of the call around it, which may be a second call with a path of its own."""
        for module, call in reversed(self._scopes):
            if module and path.startswith(module + "."):
                return call + path[len(module) :]
        return path

    def create_args_for_root(
        self, root_fn: Callable[..., Any], is_module: bool, concrete_args: Any = None
    ) -> tuple[Callable[..., Any], list[Any]]:
        """The picture is the one stand-in; every other argument of ``forward`` is what it is by default."""
        try:
            inspect.signature(root_fn).bind(self.root, None)
        except TypeError as error:
            why = _(
                "Its forward cannot be called with the picture alone ({text}). Give the other arguments default values, or "
                "wrap the module in one whose forward takes the picture only.", text=str(error),
            )  # fmt: skip
            raise refused(why, None) from error
        return root_fn, [self.root, self.create_proxy("placeholder", "picture", (), {})]

    def create_arg(self, a: Any) -> Any:
        if isinstance(a, Tensor):
            for name, own in (*self.root.named_parameters(), *self.root.named_buffers()):
                if a is own:
                    return self.create_proxy("get_attr", name, (), {}).node
            why = _("It uses a tensor made elsewhere. Only layers and parameters of the module can be imported.")
            raise refused(why, current_line())
        return super().create_arg(known.dtype_of(a))

    def create_proxy(
        self,
        kind: str,
        target: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        name: str | None = None,
        type_expr: Any | None = None,
        proxy_factory_fn: Callable[[fx.Node], fx.Proxy] | None = None,
    ) -> Any:
        """Writes the call down. What is no tensor (a size, a device) is returned as what it is, and several tensors as a
        tuple."""
        if kind.startswith("call"):
            self._surroundings.refuse_change()
        proxy = super().create_proxy(kind, target, args, kwargs, name, type_expr)
        node = proxy.node
        line = current_line()
        for source in node.all_input_nodes:
            if source in self._overwritten:
                raise _read_after_write(line, self._overwritten[source])
        with torch.no_grad():
            value = self._measured(node)
        if not _holds_tensor(value):
            value = known.counted(node, value)
            self.graph.erase_node(node)
            return value
        within = self._scopes[-1][1] if self._scopes else ""
        named = kind == "call_module" and target not in self.loose
        known.note(node, value, line, self._renamed(target) if named else within)
        made = self._keep_track(proxy, args)
        if isinstance(value, (tuple, list)):
            parts = (self.create_proxy("call_function", operator.getitem, (made, at), {}) for at in range(len(value)))
            return known.named_like(value, tuple(parts))
        return made

    def _measured(self, node: fx.Node) -> Any:
        """The value of ``node`` on meta."""
        if node.op == "placeholder":
            return self._pictures
        if node.op == "get_attr":
            return _on_meta(self.root, str(node.target))
        args: Any
        kwargs: Any
        args, kwargs = fx.node.map_arg((node.args, node.kwargs), known.size)
        self._measuring = True
        try:
            if node.op == "call_module":
                return self._measured_layer(str(node.target), args, kwargs)
            if node.op == "call_method":
                moved = known.moved(str(node.target), args[0], args[1:], kwargs)
                return getattr(args[0], str(node.target))(*args[1:], **kwargs) if moved is None else moved
            assert callable(node.target)
            return node.target(*args, **kwargs)
        finally:
            self._measuring = False

    def _measured_layer(self, path: str, args: Any, kwargs: Any) -> Any:
        part = self._parts[path]
        case = (path, getattr(args[0], "shape", torch.Size())) if len(args) == 1 and not kwargs else None
        if case is None or case not in self._sizes:
            held = {name: tensor.to("meta") for name, tensor in (*part.named_parameters(), *part.named_buffers())}
            try:
                value = torch.func.functional_call(part, held, args, kwargs)
            except (RuntimeError, ValueError, IndexError) as error:
                raise refused(failures.misfit(path, part, args, error), current_line()) from error
            if case is None:
                return value
            self._sizes[case] = value
        return self._sizes[case]

    def _keep_track(self, made: fx.Proxy, args: tuple[Any, ...]) -> fx.Proxy:
        """``made``, or for a call in place its first argument: that name now stands for what the value became. Whatever
        else shares the numbers must not be read any more."""
        node = made.node
        in_place = known.is_in_place(node, self._parts)
        shares = in_place or known.shares_numbers(node, self._parts)
        sharing = self._sharing[node.all_input_nodes[0]] if shares else []
        if in_place:
            self._overwritten |= dict.fromkeys(sharing, known.line(node))
        sharing.append(node)
        self._sharing[node] = sharing
        if in_place and isinstance(args[0], fx.Proxy):
            args[0].node = node
            return args[0]
        return made


def _on_meta(root: nn.Module, path: str) -> Tensor:
    parent, _dot, name = path.rpartition(".")
    holder = root.get_submodule(parent)
    tensor: Tensor = holder._parameters.get(name, holder._buffers.get(name))  # type: ignore[assignment]
    return tensor.to("meta")


def _holds_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) or (
        isinstance(value, (tuple, list)) and any(isinstance(item, Tensor) for item in value)
    )


def _read_after_write(line: SourceLine | None, written: SourceLine | None) -> ImportRefused:
    where = written.text() if written else _("earlier")
    why = _(
        "It reads what was overwritten in place before ({where}). Leave out “inplace=True” there, or write “a = a + b” for "
        "“a += b”.", where=where,
    )  # fmt: skip
    return refused(why, line)
