"""The error of all that reads data sets."""

from __future__ import annotations

from cnnlab.core.messages import Message


class DataError(ValueError):
    """A data set that cannot be used; ``message`` says which and why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message
