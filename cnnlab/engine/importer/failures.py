"""Refusals for what somebody's ``forward`` raises while it is traced."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.fx.proxy import TraceError

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.engine.importer.refusals import ImportRefused, SourceLine, line_of, refused


def failed(error: Exception) -> ImportRefused:
    """The refusal of what raised ``error``."""
    text = str(error).strip().partition("\n")[0]
    if isinstance(error, TraceError) or (isinstance(error, RuntimeError) and "meta" in text.lower()):
        return depends_on_numbers(line_of(error))  # on meta, as while tracing, there are no numbers
    if "numpy" in text.lower():
        why = _("Calls of NumPy cannot be traced. Use torch's own functions, or do it before the network.")
        return refused(why, line_of(error))
    error_text = f"{type(error).__name__}: {text}".replace("'Known'", "'Tensor'")
    why = _(
        "It does not run on an example of this size, or does something that cannot be traced ({text}).", text=error_text
    )
    return refused(why, line_of(error))


def depends_on_numbers(line: SourceLine | None) -> ImportRefused:
    """The refusal of code that does different things with different pictures."""
    why = _(
        "What is done here depends on the numbers in the picture. A network of layers does the same with every picture: "
        "leave the condition out, or make it one about sizes or settings."
    )
    return refused(why, line)


def misfit(path: str, part: nn.Module, args: tuple[Any, ...], error: Exception) -> Message:
    """Why ``part`` cannot take what it is called with, for which it raised ``error``."""
    text = str(error).strip().partition("\n")[0]
    if len(args) != 1 or not isinstance(args[0], Tensor):
        return _("“{path}” cannot be called like this ({text}).", path=path, text=text)
    size = show(tuple(args[0].shape[1:]))
    if args[0].ndim == 1:
        return _("“{path}” gets all pictures of the batch as one row. Keep them apart: x.flatten(1).", path=path)
    if isinstance(part, nn.Linear) and args[0].ndim == 4:
        return _(
            "“{path}” takes {wanted} values, but gets maps of {size}. Flatten them first: x.flatten(1).",
            path=path, wanted=part.in_features, size=size,
        )  # fmt: skip
    if isinstance(part, nn.Linear):
        return _(
            "“{path}” takes {wanted} values for each picture, but gets {size}: change its in_features, or the layers "
            "before it.", path=path, wanted=part.in_features, size=size,
        )  # fmt: skip
    wanted = getattr(part, "in_channels", getattr(part, "num_features", None))
    if wanted is not None and args[0].ndim == 4 and args[0].shape[1] != wanted:
        return _(
            "“{path}” takes maps with {wanted} channels, but gets {size}: change it, or the layers before it.",
            path=path, wanted=wanted, size=size,
        )  # fmt: skip
    return _("“{path}” cannot take {size} ({text}).", path=path, size=size, text=text)
