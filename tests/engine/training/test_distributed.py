from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_networks
import together
import torch

import cnnlab
from cnnlab.engine.network import network
from cnnlab.engine.training.distributed import ProcessGroup, ProcessPlace, is_parting, place, sync_batch_norm
from cnnlab.engine.training.run import Run

pytestmark = pytest.mark.process

STARTED = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2", "TORCHELASTIC_RUN_ID": "job7"}


def alone(**more: Any) -> ProcessPlace:
    return ProcessPlace(
        **({"rank": 0, "processes": 1, "local_rank": 0, "local_processes": 1, "restartable": False} | more)
    )


def test_a_process_that_was_started_alone_has_no_place_among_others() -> None:
    assert place({}) is None
    assert place({"RANK": "0"}) is None


def test_a_place_is_what_the_launcher_says() -> None:
    found = place(STARTED)
    assert found == alone(rank=3, processes=4, local_rank=1, local_processes=2, restartable=True)
    assert not found.is_first
    # Started by hand or by another program, nobody starts it again.
    assert place({"RANK": "0", "WORLD_SIZE": "1"}) == alone()


def test_processes_on_a_machine_share_its_cores() -> None:
    cores = alone().threads
    assert cores >= 1
    assert alone(local_processes=2).threads == max(1, cores // 2)
    assert alone(local_processes=10_000).threads == 1


def test_what_torch_says_of_a_lost_process_is_known_as_such() -> None:
    assert is_parting(
        RuntimeError("[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:547] Connection closed by peer")
    )
    assert is_parting(torch.distributed.DistNetworkError("gone"))
    assert not is_parting(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_parting(ValueError("gloo"))


def test_batch_normalisation_over_all_processes_takes_the_place_of_each_without_another_number() -> None:
    project = small_networks.project(("conv1", "conv2d", {}), ("bn1", "batchnorm2d", {}), ("flatten", "flatten", {}))
    net = network.build(project.graph)
    before = net.state_dict()
    net.exchange(torch.nn.SyncBatchNorm.convert_sync_batchnorm)
    assert isinstance(net.module("uid-bn1"), torch.nn.SyncBatchNorm)
    assert net.get_submodule("bn1") is net.module("uid-bn1")
    after = net.state_dict()
    assert list(after) == list(before)
    assert all(after[name].data_ptr() == before[name].data_ptr() for name in before)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any], Path]:
    """What two processes found, as they wrote it down: both of them, and the folder with their weights."""
    folder = tmp_path_factory.mktemp("together")
    paths = os.pathsep.join([str(Path(cnnlab.__file__).parents[1]), str(Path(together.__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", together.__file__, folder],
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = (json.loads((folder / f"{rank}.json").read_text()) for rank in range(2))
    return first, second, folder


def test_all_hear_the_same(found: Any) -> None:
    first, second, _folder = found
    alike = ("sum", "first", "all", "nobody", "stop", "change", "no change", "device", "cuda", "stopped", "failed")
    assert {name: first[name] for name in alike} == {name: second[name] for name in alike}
    assert first["sum"] == [2.0, 1.0, 1.0]
    assert first["first"] == "from 0"
    assert first["all"] == ["from 0", "from 1"]
    assert (first["nobody"], first["stop"]) == ([False, None], [True, None])
    assert first["change"] == 0.25
    assert first["no change"] == [False, None], "the first one's counts"


def test_the_group_and_its_threads_go_before_the_process_does(found: Any) -> None:
    """Threads that live on while the process ends abort it now and again."""
    first, second, _folder = found
    assert (first["outlived"], second["outlived"]) == (False, False)


def test_a_pause_of_one_holds_all(found: Any) -> None:
    first, second, _folder = found
    assert first["paused"]
    assert second["paused"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="for a machine without GPUs")
def test_processes_without_graphics_cards_train_on_processors_and_say_so(found: Any) -> None:
    first, _second, _folder = found
    assert first["device"] == "cpu"
    assert first["cuda"].startswith("2 of the 2 processes have no GPU of their own")


def test_a_stop_of_one_stops_all_after_the_same_step(found: Any) -> None:
    first, _second, _folder = found
    assert first["stopped"] == ["stopped", 5]


def test_a_loss_that_is_infinite_in_one_process_ends_all_before_the_step(found: Any) -> None:
    first, _second, _folder = found
    end, step, message = first["failed"]
    assert (end, step) == ("failed", 1)
    assert message.startswith("The loss became infinite at step 2.")


def test_the_others_are_told_of_one_that_fails(found: Any) -> None:
    first, _second, _folder = found
    assert first["left"].startswith("Another process of this training")


@pytest.mark.parametrize("name", together.EQUAL)
def test_two_processes_learn_what_one_does(found: Any, name: str) -> None:
    first, second, folder = found
    project = together.project(**together.EQUAL[name])
    ended, weights, losses = together.followed(Run(project, together.dataset()))
    steps = 2 * math.ceil(5 / project.training.accumulate)
    assert weights.step == steps
    for rank, heard in enumerate((first, second)):
        assert heard[name][:2] == [ended.end, steps]
        np.testing.assert_allclose(heard[name][2], losses, rtol=1e-5)
        with np.load(folder / f"{name}-{rank}.npz") as kept:
            for key, array in together.arrays(weights).items():
                np.testing.assert_allclose(kept[key], array, rtol=1e-4, atol=1e-6, err_msg=key)


def test_that_batch_normalisation_is_not_taken_over_all_processes_is_said_where_it_is_so() -> None:
    normalised = small_networks.project(("bn1", "batchnorm2d", {}), ("flatten", "flatten", {})).graph
    plain = together.project().graph
    pair, single = ProcessGroup(alone(processes=2)), ProcessGroup(alone())
    pair.device = single.device = "cpu"
    said = sync_batch_norm(pair, normalised)
    assert said is not None
    assert "SyncBatchNorm" in str(said)
    assert sync_batch_norm(pair, plain) is None
    assert sync_batch_norm(single, normalised) is None
    pair.device = "cuda"
    assert sync_batch_norm(pair, normalised) is None
