from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data import placement
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import PictureSet
from cnnlab.engine.system import memory

SETTINGS = {key: TrainingSettings(pictures=key) for key in ("auto", "memory", "stream")}
LOADED = PictureSet(torch.zeros(1000, 3, 10, 10, dtype=torch.uint8), torch.zeros(1000, dtype=torch.int64))


class OnDisk:
    """A set of 1,000 pictures of 300 bytes that nobody reads."""

    labels = torch.zeros(1000, dtype=torch.int64)
    shape = (3, 10, 10)

    def __len__(self) -> int:
        return 1000

    def read(self, indices: Sequence[int]) -> torch.Tensor:
        raise AssertionError("deciding where pictures are needs none of them")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Free bytes in main memory and on the GPU, for a test to set."""
    left = {"cpu": 10**9, "cuda": 10**9, "mps": 10**9}
    monkeypatch.setattr(memory, "free_bytes", lambda: left["cpu"])
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (left["cuda"], 8 * 10**9))
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: left["mps"] + 10**9)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 10**9)
    return left


def test_what_is_in_memory_stays_there(free: dict[str, int]) -> None:
    free["cpu"] = 0
    for key in ("auto", "memory"):
        chosen = placement.choose(LOADED, SETTINGS[key], "cpu")
        assert not chosen.streamed
        assert str(chosen.text) == "The 1,000 training pictures are in memory (300 kB)."


def test_what_is_on_the_disk_stays_there_unless_asked_for(free: dict[str, int]) -> None:
    chosen = placement.choose(OnDisk(), SETTINGS["auto"], "cpu")
    assert chosen.streamed
    assert "all of them would take 300 kB of memory" in str(chosen.text)
    assert not placement.choose(OnDisk(), SETTINGS["memory"], "cpu").streamed


@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
def test_streaming_is_done_where_it_is_asked_for(device: str) -> None:
    for pictures in (LOADED, OnDisk()):
        chosen = placement.choose(pictures, SETTINGS["stream"], device)
        assert chosen.streamed
        assert "as the settings ask" in str(chosen.text)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_graphics_card_holds_what_takes_half_of_what_is_free(device: str, free: dict[str, int]) -> None:
    free[device] = 600_000
    chosen = placement.choose(LOADED, SETTINGS["auto"], device)
    assert not chosen.streamed
    assert str(chosen.text) == "The 1,000 training pictures are in GPU memory (300 kB)."
    free[device] = 599_999
    chosen = placement.choose(LOADED, SETTINGS["auto"], device)
    assert chosen.streamed
    assert "need 300 kB, and 600 kB are free there besides the network" in str(chosen.text)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_pictures_leave_the_room_that_the_network_needs(device: str, free: dict[str, int]) -> None:
    free[device] = 10**9
    assert not placement.choose(LOADED, SETTINGS["auto"], device, need=10**9 - 600_000).streamed
    assert placement.choose(LOADED, SETTINGS["auto"], device, need=10**9 - 599_999).streamed
    with pytest.raises(DataError, match="and 0 bytes are free"):
        placement.choose(LOADED, SETTINGS["memory"], device, need=2 * 10**9)


@pytest.mark.parametrize("device", ["cpu", "cuda", "mps"])
def test_memory_that_is_asked_for_and_not_there_is_refused_with_the_number(device: str, free: dict[str, int]) -> None:
    free[device] = 375_000
    assert not placement.choose(OnDisk(), SETTINGS["memory"], device).streamed
    free[device] = 374_999
    with pytest.raises(
        DataError, match=r"1,000 training pictures need 300 kB.* and 375 kB are free.*Nothing was started"
    ):
        placement.choose(OnDisk(), SETTINGS["memory"], device)
