"""The error of all that reads data sets."""

from __future__ import annotations

from cnnlab.core.messages import Refusal


class DataError(Refusal):
    """A data set that cannot be used; ``message`` says which and why."""
