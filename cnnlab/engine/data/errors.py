"""The error that all modules raise which read data sets; torch is not needed."""

from __future__ import annotations

from cnnlab.core.messages import Refusal


class DataError(Refusal):
    """A data set that cannot be used; ``message`` says which and why."""
