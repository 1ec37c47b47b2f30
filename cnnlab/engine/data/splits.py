"""Keeping pictures aside: for validation, and for the test where a set has no test pictures of its own."""

from __future__ import annotations

import torch

from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.engine.data.errors import DataError


def stratified_split(labels: torch.Tensor, held_out: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The indices ``(kept, held out)`` of ``labels`` int64 ``(N,)``, each ascending, drawn at random by ``seed``.

    Exactly ``held_out`` are held out, from each class its share to within one picture (largest remainders).
    Raises ``DataError`` unless ``0 <= held_out <= N``."""
    if not 0 <= held_out <= len(labels):
        raise DataError(
            _(
                "{count} pictures cannot be held out for validation: there are {all}. Nothing was started. Choose fewer.",
                count=whole(held_out),
                all=whole(len(labels)),
            )
        )
    counts = labels.bincount().tolist()
    total = max(len(labels), 1)
    quotas = [count * held_out // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda c: -(counts[c] * held_out % total))
    for c in by_remainder[: held_out - sum(quotas)]:
        quotas[c] += 1
    generator = torch.Generator().manual_seed(seed)
    mask = torch.zeros(len(labels), dtype=torch.bool)
    for c, quota in enumerate(quotas):
        members = (labels == c).nonzero().flatten()
        mask[members[torch.randperm(len(members), generator=generator)[:quota]]] = True
    return (~mask).nonzero().flatten(), mask.nonzero().flatten()
