from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnlab.core.layout import arrange


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=60), st.integers(1, 12))
def test_lines_begin_in_order_and_none_is_longer_than_twice_what_was_wanted(
    count: int, pairs: list[tuple[int, int]], wanted: int
) -> None:
    edges = [(a, b) for a, b in pairs if a < b < count]
    starts = arrange.breaks(range(count), edges, set(edges[::2]), [], wanted)
    assert starts[0] == 0
    lengths = [end - start for start, end in zip(starts, [*starts[1:], count], strict=True)]
    assert all(0 < length <= 2 * wanted for length in lengths)


def test_a_chain_is_broken_where_units_begin() -> None:
    chain = [(number, number + 1) for number in range(11)]
    assert arrange.breaks(range(12), chain, (), [1, 4, 7, 10], 3) == [0, 4, 7, 10]


def test_parallel_branches_stay_in_one_line() -> None:
    # 0 – three branches of three – 10, and on
    depth = [0, 1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6, 7]
    edges = [(0, 1), (0, 4), (0, 7), (1, 2), (2, 3), (4, 5), (5, 6), (7, 8), (8, 9), (3, 10), (6, 10), (9, 10),
             (10, 11), (11, 12), (12, 13)]  # fmt: skip
    assert arrange.breaks(depth, edges, (), range(8), 4) in ([0, 5], [0, 4], [0, 1, 5])


def test_what_takes_wires_from_far_begins_a_line() -> None:
    # every third layer takes all that every third one gave before, as in a dense block
    skips = [(a + 2, b) for b in range(3, 24, 3) for a in range(0, b - 3, 3)]
    edges = [(n, n + 1) for n in range(23)] + skips
    starts = arrange.breaks(range(24), edges, skips, [], 8)
    assert all(start % 3 == 0 for start in starts)
    assert len(starts) > 3
