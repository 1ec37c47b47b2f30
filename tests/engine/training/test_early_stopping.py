from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.engine.training.early_stopping import EarlyStopping

losses = st.lists(st.one_of(st.sampled_from([0.1, 0.2, 0.3, None]), st.floats(0, 1)), max_size=30)


@given(losses, st.integers(0, 4))
def test_it_stops_after_as_many_epochs_without_a_lower_loss(seen: list[float | None], patience: int) -> None:
    stopping = EarlyStopping(patience)
    best, best_at = math.inf, 0
    for epoch, loss in enumerate(seen, 1):
        verdict = stopping.after(loss)
        if loss is not None and loss < best:
            best, best_at = loss, epoch
        assert verdict.is_best is (best_at == epoch)
        assert verdict.stop is (patience > 0 and epoch - best_at >= patience)


@given(losses, losses, st.integers(0, 4))
def test_a_restored_one_goes_on_as_the_one_that_was_kept(
    first: list[float | None], later: list[float | None], patience: int
) -> None:
    kept, restored = EarlyStopping(patience), EarlyStopping(patience)
    for loss in first:
        kept.after(loss)
    restored.restore(json.loads(json.dumps(kept.state(), allow_nan=False)))
    assert [restored.after(loss) for loss in later] == [kept.after(loss) for loss in later]
