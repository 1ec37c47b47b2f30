"""Paths for what has no name of its own in a module: functions, and modules that are called again."""

from __future__ import annotations

from torch import nn

from cnnlab.core.graph import paths


class Names:
    """The paths of one import. Every path of the module itself is kept for what it names there."""

    def __init__(self, module: nn.Module) -> None:
        own = [name for name, _part in module.named_modules(remove_duplicate=False)]
        own += [name for name, _part in module.named_parameters(remove_duplicate=False)]
        own += [name for name, _part in module.named_buffers(remove_duplicate=False)]
        self._taken = {name for name in own if name}
        self._called: set[str] = set()

    def of_call(self, path: str, stem: str) -> str:
        """Where a call of the module at ``path`` goes: there at the first call, beside it later. ``stem`` stands in for
        a last part that is a number, as in ``features.1``."""
        if path not in self._called:
            self._called.add(path)
            self._taken.add(path)
            return path
        parent, _dot, last = path.rpartition(".")
        return self.within(parent, stem if last.isdecimal() else last)

    def within(self, scope: str, stem: str) -> str:
        """A free path under ``scope``: ``layer1.0.add``, then ``layer1.0.add_1``, ``layer1.0.add_2``…"""
        prefix = f"{scope}." if scope else ""
        path, number = prefix + stem, 0
        while path in self._taken or paths.refusal(path.rpartition(".")[2], ()):
            number += 1
            path = f"{prefix}{stem}_{number}"
        self._taken.add(path)
        return path
