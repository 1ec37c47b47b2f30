"""Names in a file that mean the same as the network's: what wrappers put before them, and how old files spelt them."""

from __future__ import annotations

import re
from collections.abc import Collection

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _

_PREFIXES = ("module.", "_orig_mod.")
"""Of ``torch.nn.DataParallel`` and ``torch.compile``."""
_OLD_DENSENET = re.compile(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.(?:weight|bias|running_mean|running_var))")
"""Files for DenseNet from before 2018 say ``norm.1``, torchvision's layers are called ``norm1``. Source: the pattern in
``torchvision.models.densenet._load_state_dict``."""


def renamed(names: Collection[str], wanted: Collection[str]) -> tuple[dict[str, str], tuple[Message, ...]]:
    """What each of ``names`` is called in a network with the keys ``wanted``, and notes on what was done. A name that the
    network has is left alone, and so is one that two would share."""
    result = {name: name for name in names}
    notes: list[Message] = []
    while prefix := _common_prefix(result.values(), wanted):
        result = {name: new.removeprefix(prefix) for name, new in result.items()}
        notes.append(_("The names in the file begin with “{prefix}”, which was taken off.", prefix=prefix))
    taken = set(result.values())
    for name, new in result.items():
        old = None if new in wanted else _OLD_DENSENET.fullmatch(new)
        if old and old[1] + old[2] in wanted and old[1] + old[2] not in taken:
            result[name] = old[1] + old[2]
    if set(result.values()) != taken:
        notes.append(_("The file has old names of DenseNet’s layers, such as “norm.1”, which were read as “norm1”."))
    return result, tuple(notes)


def _common_prefix(names: Collection[str], wanted: Collection[str]) -> str:
    """What a wrapper put before all ``names``; empty if there is no such, or if the network has one of them as it is."""
    if not names or not set(wanted).isdisjoint(names):
        return ""
    return next((prefix for prefix in _PREFIXES if all(name.startswith(prefix) for name in names)), "")
