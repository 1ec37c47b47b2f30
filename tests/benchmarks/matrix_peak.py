"""The quickest arithmetic that this machine can do, which a benchmark can call its floor."""

from __future__ import annotations

import time

import torch


def peak(kind: torch.dtype) -> float:
    """Multiply–accumulates a second of a large matrix product, the best of several."""
    one, other = torch.randn(2, 2048, 2048).to(kind)
    times = []
    for _round in range(6):
        began = time.perf_counter()
        one @ other
        times.append(time.perf_counter() - began)
    return 2048**3 / min(times)
