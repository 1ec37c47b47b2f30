"""Several calls that are one layer: reshaping, averaging, channel shuffle, channels taken apart and put together.

Each pattern looks backwards from one call to calls that have become layers already (``placed``). What lies between, such
as the ``view`` and ``transpose`` of a channel shuffle, needs no layer of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import fx

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import message as _
from cnnlab.engine.importer import functions, known
from cnnlab.engine.importer.layer_calls import LayerCall, Placed, made, source_of
from cnnlab.engine.importer.modules import permuted
from cnnlab.engine.importer.refusals import Unsuitable

_RESHAPING = frozenset({"view", "reshape", "flatten", "squeeze", "unsqueeze", "contiguous", "view_as", "unflatten"})
_REORDERING = frozenset({"permute", "transpose", "swapaxes", "swapdims", "moveaxis", "movedim"})
_AVERAGING = frozenset({"mean"})
_COPIES = frozenset({"clone", "float", "to", "type", "type_as", "cpu", "cuda", "half", "double", "bfloat16"})


def find(node: fx.Node, placed: Placed) -> LayerCall | None:
    """The layer that ``node`` comes to, perhaps with calls before it; None if nothing fits. Raises ``Unsuitable``."""
    for pattern in (_shuffled, _reshaped, _reordered, _averaged, _thinned, _padded, _split, _same):
        found = pattern(node, placed)
        if found:
            return found
    return None


def may_be_part(node: fx.Node) -> bool:
    """Whether ``node`` may be a step of a pattern that a later call completes."""
    return functions.name_of(node) in _RESHAPING | _REORDERING | _AVERAGING | {"getitem"}


def _back(node: fx.Node, placed: Placed, through: Callable[[fx.Node], bool]) -> fx.Node:
    """From ``node`` back through calls of one kind, to the first that has become a layer or is of another kind."""
    while node not in placed and through(node):
        node = source_of(node)
    return node


def _is_reshape(node: fx.Node) -> bool:
    """Whether only the sizes of the axes change, and no value its place in row-major order."""
    if node.op == "get_attr" or not node.all_input_nodes:
        return False
    if functions.name_of(node) != "getitem":
        return functions.name_of(node) in _RESHAPING
    index = node.args[1] if isinstance(node.args[1], tuple) else (node.args[1],)
    whole = all(part in (None, ..., 0, slice(None)) for part in index)
    return (
        whole
        and not isinstance(known.size(source_of(node)), (tuple, list))
        and (math.prod(known.shape(node)) == math.prod(known.shape(source_of(node))))
    )


def _reshaped(node: fx.Node, placed: Placed) -> LayerCall | None:
    if not _is_reshape(node):
        return None
    base = _back(node, placed, _is_reshape)
    if base not in placed:
        return None
    before, after = known.shape(base), known.shape(node)
    if before == after:
        return LayerCall(None, (base,))
    if after[0] != before[0]:
        raise Unsuitable(
            _(
                "It would mix pictures of a batch: {size} for each of {count} pictures becomes {rows} rows. Write "
                "x.flatten(1), and check that the layers before make the size that the next one expects.",
                size=show(before[1:]), count=before[0], rows=after[0],
            )
        )  # fmt: skip
    if len(after) == 2:
        return made("flatten", base)
    if len(before) == 2 and len(after) == 4:
        return made("unflatten", base, size=after[2:])
    return None


def _reordered(node: fx.Node, placed: Placed) -> LayerCall | None:
    if functions.name_of(node) not in _REORDERING:
        return None
    order: list[int] = list(range(len(known.shape(node))))
    step = node
    while step not in placed and functions.name_of(step) in _REORDERING:
        axes = _axes(step)
        order = [axes[axis] for axis in order]
        step = source_of(step)
    if step not in placed:
        return None
    if order == sorted(order):
        return LayerCall(None, (step,))
    try:
        return LayerCall(permuted(tuple(order)), (step,))
    except Unsuitable:
        return None  # a later call may complete it


def _axes(node: fx.Node) -> tuple[int, ...]:
    """For each axis of the result, which axis of the source it was."""
    count = len(known.shape(node))
    # Of an array of distinct sizes, the result's sizes tell the order.
    sizes = known.size(source_of(node)).new_empty(tuple(range(2, 2 + count)))
    args, kwargs = fx.node.map_arg((node.args, node.kwargs), lambda source: sizes)
    name = functions.name_of(node)
    return tuple(size - 2 for size in getattr(args[0], name)(*args[1:], **kwargs).shape)


def _shuffled(node: fx.Node, placed: Placed) -> LayerCall | None:
    """``view(n, groups, c // groups, h, w)``, ``transpose(1, 2)``, ``view(n, c, h, w)``."""
    if not _is_reshape(node):
        return None
    swap = _back(node, placed, _is_reshape)
    if swap in placed or functions.name_of(swap) not in _REORDERING or _axes(swap) != (0, 2, 1, 3, 4):
        return None
    apart = source_of(swap)
    base = _back(apart, placed, _is_reshape)
    if base not in placed or known.shape(base) != known.shape(node):
        return None
    size, grouped = known.shape(base), known.shape(apart)
    if grouped[3:] != size[2:] or grouped[0] != size[0]:
        return None
    return made("channelshuffle", base, groups=grouped[1])


def _averaged(node: fx.Node, placed: Placed) -> LayerCall | None:
    """``mean((2, 3))``, or one axis after the other, or after ``view(n, c, -1)``."""
    if functions.name_of(node) not in _AVERAGING:
        return None

    def stays_in_maps(step: fx.Node) -> bool:
        before = known.shape(source_of(step)) if step.all_input_nodes else ()
        same_maps = len(before) > 2 and known.shape(step)[:2] == before[:2]
        return same_maps and (_is_reshape(step) or _means_of_maps(step, len(before)))

    base = _back(node, placed, stays_in_maps)
    if base not in placed or len(known.shape(base)) != 4:
        return None
    count, channels = known.shape(base)[:2]
    if known.shape(node) == (count, channels):
        return made("globalavgpool", base)
    if known.shape(node) == (count, channels, 1, 1):
        return made("adaptiveavgpool2d", base, output_size=1)
    return None


def _means_of_maps(node: fx.Node, axes: int) -> bool:
    if functions.name_of(node) not in _AVERAGING:
        return False
    dims = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else None)
    listed = dims if isinstance(dims, (tuple, list)) else [dims]
    return all(isinstance(dim, int) and dim % axes >= 2 for dim in listed)


def _thinned(node: fx.Node, placed: Placed) -> LayerCall | None:
    """``x[:, :, ::2, ::2]`` reads every second pixel, as pooling with a kernel of 1 does."""
    if functions.name_of(node) != "getitem" or source_of(node) not in placed or not isinstance(node.args[1], tuple):
        return None
    whole = slice(None)
    index = (*node.args[1], whole, whole)[:4]
    steps = [part.step or 1 for part in index[2:] if isinstance(part, slice) and part == slice(None, None, part.step)]
    if len(known.shape(node)) != 4 or index[:2] != (whole, whole) or len(steps) != 2 or steps == [1, 1]:
        return None
    return made("maxpool2d", source_of(node), kernel_size=1, stride=tuple(steps))


def _padded(node: fx.Node, placed: Placed) -> LayerCall | None:
    """``F.pad(x, (0, 0, 0, 0, before, after))`` adds maps of zeros, as shortcuts without weights do."""
    if functions.name_of(node) != "pad" or source_of(node) not in placed:
        return None
    sides, how = functions.padding(node)
    if len(sides) != 6 or any(sides[:4]) or how != ("constant", 0):
        raise Unsuitable(
            _("Padding can add pixels around maps, or maps of zeros before and after them, and nothing else.")
        )
    return made("padchannels", source_of(node), before=sides[4], after=sides[5])


def _split(node: fx.Node, placed: Placed) -> LayerCall | None:
    if functions.name_of(node) not in ("chunk", "split", "tensor_split") or source_of(node) not in placed:
        return None
    whole, parts = known.shape(source_of(node)), [tuple(part.shape) for part in known.size(node)]
    if len(parts) == 1:
        raise Unsuitable(_("It splits into one part only. Leave it out."))
    if any(part[1] * len(parts) != whole[1] or part[2:] != whole[2:] for part in parts):
        raise Unsuitable(_("Only channels can be split here, and into equal parts."))
    return made("split", source_of(node), chunks=len(parts))


def _same(node: fx.Node, placed: Placed) -> LayerCall | None:
    """A copy, or a change of type to what it is already."""
    if functions.name_of(node) not in _COPIES or source_of(node) not in placed:
        return None
    if known.size(node).dtype != known.size(source_of(node)).dtype:
        raise Unsuitable(_("Numbers stay float32 here. Leave the change of type out."))
    return LayerCall(None, (source_of(node),))
