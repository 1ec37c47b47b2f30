from __future__ import annotations

from cnnlab.core.graph import shapes


def test_sizes_are_written_with_crosses() -> None:
    assert [shapes.show((32, 26, 26)), shapes.show((128,))] == ["32 × 26 × 26", "128"]
