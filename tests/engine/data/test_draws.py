from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.engine.data import draws

MASK = 2**64 - 1


def splitmix64(seed: int, count: int) -> list[int]:
    """Vigna's ``splitmix64.c``, in Python's whole numbers."""
    drawn = []
    for _ in range(count):
        seed = seed + 0x9E3779B97F4A7C15 & MASK
        z = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        drawn.append(z ^ z >> 31)
    return drawn


def signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number


def test_the_generator_is_splitmix64() -> None:
    # The numbers that are quoted for the seed 1234567.
    assert splitmix64(1234567, 3) == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    drawn = draws.bits(torch.tensor([1234567]), torch.arange(3))
    assert [number & MASK for number in drawn[0].tolist()] == splitmix64(1234567, 3)


@given(st.lists(st.integers(0, MASK), min_size=1, max_size=5), st.integers(1, 40))
def test_every_key_draws_what_the_generator_draws_from_it(seeds: list[int], count: int) -> None:
    drawn = draws.bits(torch.tensor([signed(seed) for seed in seeds]), torch.arange(count))
    assert [[number & MASK for number in row] for row in drawn.tolist()] == [splitmix64(seed, count) for seed in seeds]


def test_a_picture_draws_the_same_in_any_company() -> None:
    whole = draws.keys(3, 7, torch.arange(1000))
    some = torch.tensor([999, 0, 512])
    assert torch.equal(draws.keys(3, 7, some), whole[some])
    assert torch.equal(draws.uniform(whole[some], 16), draws.uniform(whole, 16)[some])
    assert torch.equal(draws.normal(whole[some], 64, 784), draws.normal(whole, 64, 784)[some])
    # A number is the same, however many others are drawn of the key.
    assert torch.equal(draws.uniform(whole, 3), draws.uniform(whole, 16)[:, :3])
    assert torch.equal(draws.normal(whole, 64, 3), draws.normal(whole, 64, 784)[:, :3])


def test_seeds_epochs_and_pictures_share_no_key() -> None:
    drawn = [draws.keys(seed, epoch, torch.arange(2000)) for seed in range(5) for epoch in range(5)]
    assert len(torch.cat(drawn).unique()) == 25 * 2000


def even(counts: torch.Tensor) -> float:
    """How many standard deviations the chi-squared statistic of equally likely cells lies from its mean."""
    expected = counts.sum() / counts.numel()
    statistic = ((counts - expected) ** 2 / expected).sum().item()
    freedom = counts.numel() - 1
    return (statistic - freedom) / math.sqrt(2 * freedom)


def test_uniform_numbers_are_even_and_below_one() -> None:
    drawn = draws.uniform(draws.keys(0, 1, torch.arange(20_000)), 16)
    assert 0 <= drawn.min().item() < drawn.max().item() < 1
    for column in drawn.T:
        assert abs(even(torch.histc(column, 64, 0, 1))) < 5


@pytest.mark.parametrize("apart", ["pictures", "numbers", "epochs", "seeds"])
def test_neighbours_are_independent(apart: str) -> None:
    """Pairs fill the square evenly, whatever tells the two apart."""
    indices = torch.arange(40_000)
    first = draws.uniform(draws.keys(0, 1, indices), 2)
    second = {
        "pictures": lambda: draws.uniform(draws.keys(0, 1, indices + 1), 1)[:, 0],
        "numbers": lambda: first[:, 1],
        "epochs": lambda: draws.uniform(draws.keys(0, 2, indices), 1)[:, 0],
        "seeds": lambda: draws.uniform(draws.keys(1, 1, indices), 1)[:, 0],
    }[apart]()
    cells = (first[:, 0] * 16).long() * 16 + (second * 16).long()
    assert abs(even(cells.bincount(minlength=256).float())) < 5


def test_each_bit_of_a_key_changes_half_of_what_is_drawn() -> None:
    keys = draws.keys(0, 1, torch.arange(500))
    drawn = draws.bits(keys, torch.arange(1))
    for bit in range(64):
        other = draws.bits(keys ^ signed(1 << bit), torch.arange(1))
        changed = sum((number & MASK).bit_count() for number in (drawn ^ other)[:, 0].tolist()) / (500 * 64)
        assert abs(changed - 0.5) < 0.02


def test_normal_numbers_are_normal() -> None:
    drawn = draws.normal(draws.keys(5, 1, torch.arange(400)), 64, 1000).flatten()
    assert abs(drawn.mean().item()) < 0.01
    assert abs(drawn.std().item() - 1) < 0.01
    # Kolmogorov and Smirnov's distance to the normal distribution; 1.95 / √n has a chance of one in a thousand.
    expected = torch.special.ndtr(drawn.sort().values.double())
    distance = (expected - torch.arange(1, len(drawn) + 1, dtype=torch.float64) / len(drawn)).abs().max().item()
    assert distance < 1.95 / math.sqrt(len(drawn))
    one, other = drawn.view(-1, 2).T
    assert abs(torch.corrcoef(torch.stack((one, other)))[0, 1].item()) < 0.01


def test_normal_numbers_serve_training_though_an_evaluation_asked_first() -> None:
    draws._normal_values.cache_clear()
    with torch.inference_mode():
        draws.normal(torch.arange(2), 0, 4)
    assert not draws.normal(torch.arange(2), 0, 4).is_inference()
