from __future__ import annotations

import pytest
import torch

from cnnlab.engine.training import devices


def machine(monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    """A machine with these, as torch reports it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "Example Card 9000")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "keys"),
    [
        (False, False, ["cpu"]),
        (True, False, ["cuda", "cpu"]),
        (False, True, ["mps", "cpu"]),
        (True, True, ["cuda", "mps", "cpu"]),
    ],
)
def test_available_lists_what_the_machine_has_and_auto_takes_the_first(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, keys: list[str]
) -> None:
    machine(monkeypatch, cuda=cuda, mps=mps)
    assert [device.key for device in devices.available()] == keys
    assert devices.choose("auto").key == keys[0]
    for key in keys:
        assert devices.choose(key).key == key


def test_names_are_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, cuda=True, mps=True)
    names = [str(device.name) for device in devices.available()]
    assert names == ["GPU: Example Card 9000", "GPU of this Mac", "CPU"]


@pytest.mark.parametrize("wanted", ["cuda", "mps", "abacus"])
def test_a_device_that_is_not_there_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    machine(monkeypatch, cuda=False, mps=False)
    with pytest.raises(devices.DeviceError) as caught:
        devices.choose(wanted)
    assert f"“{wanted}”" in str(caught.value.message)
    assert "Choose “auto”, or one of: cpu." in str(caught.value.message)


def test_the_number_of_threads_is_set_back_whatever_happens() -> None:
    def fail() -> None:
        with devices.thread_count_restored():
            torch.set_num_threads(before + 1)
            raise RuntimeError("inside")

    before = torch.get_num_threads()
    with pytest.raises(RuntimeError, match="inside"):
        fail()
    assert torch.get_num_threads() == before


def test_random_numbers_inside_depend_on_the_seed_and_outside_go_on() -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    drawn = [torch.rand(2)]
    inside = []
    for seed in (1, 1, 2):
        with devices.seeded(seed, "cpu"):
            inside.append(torch.rand(5))
    drawn.append(torch.rand(2))
    assert torch.equal(torch.cat(drawn), expected)
    assert torch.equal(inside[0], inside[1])
    assert not torch.equal(inside[0], inside[2])


class Accelerator:
    """Has the three functions that ``torch.cuda`` and ``torch.mps`` have in common, over a generator of its own."""

    def __init__(self) -> None:
        self.generator = torch.Generator()
        self.get_rng_state, self.set_rng_state = self.generator.get_state, self.generator.set_state
        self.manual_seed = self.generator.manual_seed


def test_the_generator_of_an_accelerator_is_treated_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    accelerator = Accelerator()
    monkeypatch.setattr(torch, "get_device_module", lambda key: accelerator)
    expected = torch.rand(3, generator=torch.Generator().manual_seed(1))
    before = accelerator.generator.get_state()
    with devices.seeded(1, "cuda"):
        assert torch.equal(torch.rand(3, generator=accelerator.generator), expected)
    assert torch.equal(accelerator.generator.get_state(), before)
