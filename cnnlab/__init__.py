"""cnnlab: build, train and look inside convolutional networks.

``cnnlab.api`` is the Python interface, and all of it is here too: ``cnnlab.load``, ``cnnlab.template``, ``cnnlab.build``…
It is imported at the first use, because the command line must start at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from cnnlab.version import __version__ as __version__

if TYPE_CHECKING:
    from cnnlab.api import *  # noqa: F403


def __getattr__(name: str) -> Any:
    if not name.startswith("_"):
        api = importlib.import_module(
            "cnnlab.api"
        )  # not "from cnnlab import api", which would ask here for "api" first
        if name in api.__all__:
            return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    api = importlib.import_module("cnnlab.api")
    return sorted({*globals(), *api.__all__})
