"""Methods that move a tensor to a device or change the type of its numbers, on meta, where nothing can be moved away."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_TENSOR_TYPE: Any = type(torch.FloatTensor)


def dtype_of(asked: Any) -> Any:
    """The type of numbers that ``torch.FloatTensor`` and the like stand for; anything else as it is."""
    return asked.dtype if isinstance(asked, _TENSOR_TYPE) else asked


def moved(method: str, tensor: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor | None:
    """What a call of ``method`` gives, still on meta; None for a method that does not move a tensor."""
    if method in ("cpu", "cuda"):
        return tensor
    if method not in ("to", "type") or (method == "type" and not args and not kwargs):
        return None
    given = [*args, *kwargs.values()]
    types = [asked for asked in map(_named, given) if isinstance(asked, torch.dtype)]
    types += [other.dtype for other in given if isinstance(other, Tensor)]
    return tensor.to(types[0]) if types else tensor


def _named(asked: Any) -> Any:
    """``torch.float32`` for ``"torch.FloatTensor"``."""
    named = getattr(torch, asked.removeprefix("torch."), asked) if isinstance(asked, str) else asked
    return dtype_of(named)
