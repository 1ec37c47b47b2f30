"""Pictures in files, in a module of its own, from which the processes that read them can import it."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from cnnlab.core.messages import message as _
from cnnlab.engine.data.errors import DataError

COUNT = 150


@dataclass(frozen=True, eq=False)
class Files:
    """Pictures as files, one each, of bytes."""

    folder: Path
    labels: Tensor = field(default_factory=lambda: torch.arange(COUNT) % 10)
    shape: tuple[int, int, int] = (1, 28, 28)

    def __len__(self) -> int:
        return COUNT

    def read(self, indices: Sequence[int]) -> Tensor:
        try:
            contents = [(self.folder / str(index)).read_bytes() for index in indices]
        except FileNotFoundError as error:
            raise DataError(_("“{path}” is gone.", path=error.filename)) from error
        if b"deadly" in contents:
            os.kill(os.getpid(), signal.SIGKILL)
        return torch.stack([torch.frombuffer(bytearray(each), dtype=torch.uint8).view(self.shape) for each in contents])
