"""Why a network could not be exported."""

from __future__ import annotations

from typing import Literal

from cnnlab.core.messages import Message, Refusal

Code = Literal[
    "not-complete",  # the network does not run from Input to Output
    "missing-package",  # an optional one
    "too-large",  # for the format
    "not-supported",  # by PyTorch's exporter
    "format",  # a file name that asks for none
    "invalid",  # a project that no file could hold
    "memory",
    "crashed",  # the process that made the file
    "cancelled",
]


class ExportError(Refusal):
    """A network that was not exported. Nothing was written, and the project is unchanged.

    ``message`` says what happened, what is safe and what to do; ``details`` has PyTorch's own words, for a report."""

    def __init__(self, code: Code, message: Message, *, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code: Code = code
        self.details = details
