from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest
import torch
from torch import nn
from training_runs import DIVERGING, equal, finite, last_weights, of, project, run, until

from cnnlab.core.runs.events import BatchDone, End, EpochDone, WeightsPublished
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training import failures, precision
from cnnlab.engine.training.precision import Arithmetic, PrecisionError
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Any:
    def with_capability(*capability: int) -> None:
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)

    return with_capability


def test_auto_is_what_the_device_is_good_at(card: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    much = 10**9
    card(8, 0)
    assert precision.choose("auto", "cuda", much) == "bf16"
    assert precision.choose("tf32", "cuda", much) == "tf32"
    card(7, 5)
    assert precision.choose("auto", "cuda", much) == "fp16"
    with pytest.raises(
        PrecisionError, match=re.escape("cannot train in tf32. Nothing was started. Choose “auto”, or one")
    ):
        precision.choose("tf32", "cuda", much)
    monkeypatch.setattr(precision, "bf16_is_quick", lambda: True)
    assert precision.choose("auto", "cpu", much) == "bf16"
    monkeypatch.setattr(precision, "bf16_is_quick", lambda: False)
    assert precision.choose("auto", "cpu", much) == "float32"
    assert precision.choose("bf16", "cpu", much) == "bf16"
    with pytest.raises(PrecisionError, match="fp16"):
        precision.choose("fp16", "cpu", much)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_auto_stays_at_float32_where_there_is_little_to_gain(
    card: Any, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    card(9, 0)
    monkeypatch.setattr(precision, "bf16_is_quick", lambda: True)
    assert precision.choose("auto", device, 10**6) == "float32"


@pytest.mark.parametrize("name", ["_is_avx512_bf16_supported", "_is_amx_tile_supported"])
def test_a_processor_is_good_at_bf16_if_it_has_instructions_for_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, other, lambda: False)
    assert not precision.bf16_is_quick()
    monkeypatch.setattr(torch.cpu, name, lambda: True)
    assert precision.bf16_is_quick()


def test_the_network_computes_in_bf16_and_its_weights_and_logits_stay_float32(
    small: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    real = nn.Conv2d.forward

    def looking(self: nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
        made = real(self, x)
        if made.device.type != "meta":  # where only sizes are worked out
            seen.add((made.dtype, self.weight.dtype, self.training))
        return made

    monkeypatch.setattr(nn.Conv2d, "forward", looking)
    asked = project(precision="bf16")
    events = run(asked, small)
    assert events[0].precision == "bf16"
    # Figures are measured in float32, so that they are those of the published weights whatever they are measured with.
    assert seen == {(torch.bfloat16, torch.float32, True), (torch.float32, torch.float32, False)}
    assert all(array.dtype.name == "float32" for held in last_weights(events).nodes.values() for array in held.values())


def test_a_run_in_bf16_is_bit_by_bit_the_same_when_resumed(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = project(precision="auto")
    monkeypatch.setattr(precision, "bf16_is_quick", lambda: True)
    plain = run(asked, small)
    assert plain[0].precision == "bf16"
    with closing(Run(asked, small)) as going:
        until(going, BatchDone, 3)
        checkpoint = going.checkpoint()
    assert checkpoint is not None
    # What “auto” would take now plays no part.
    monkeypatch.setattr(precision, "bf16_is_quick", lambda: False)
    resumed = run(asked, small, resume=checkpoint)
    assert resumed[0].precision == "bf16"
    assert equal(last_weights(resumed), last_weights(plain))


@pytest.mark.slow
def test_bf16_learns_as_float32_does(small: Dataset) -> None:
    plain, fewer_bits = (of(EpochDone, run(project(precision=name, epochs=8), small)) for name in ("float32", "bf16"))
    assert [epoch.loss for epoch in fewer_bits] == pytest.approx([epoch.loss for epoch in plain], abs=0.1)
    assert plain[-1].loss < 0.3 * plain[0].loss


@pytest.fixture
def fp16() -> Arithmetic:
    """On the processor, where torch can do it all the same."""
    return Arithmetic("fp16", "cpu")


def test_in_fp16_a_step_whose_gradients_overflow_is_skipped_and_the_scale_halved(fp16: Arithmetic) -> None:
    weight = nn.Parameter(torch.ones(2))
    optimiser = torch.optim.SGD([weight], 1.0)
    before = fp16.state()["scaler"]["scale"]
    fp16.backward((weight * torch.tensor([1e38, 1.0])).sum())
    fp16.unscale(optimiser)
    fp16.check_gradients(float("inf"), 1)
    fp16.step(optimiser)
    assert weight.tolist() == [1.0, 1.0]
    assert fp16.state()["scaler"]["scale"] == before / 2
    optimiser.zero_grad()
    fp16.backward((weight * torch.tensor([0.25, 0.5])).sum())
    fp16.unscale(optimiser)
    assert weight.grad is not None
    assert weight.grad.tolist() == [0.25, 0.5]
    fp16.step(optimiser)
    assert weight.tolist() == [0.75, 0.5]


def test_in_fp16_many_overflows_in_a_row_end_the_run(fp16: Arithmetic) -> None:
    for step in range(50):
        fp16.check_gradients(float("inf"), step)
    again = Arithmetic("fp16", "cpu")
    again.restore(fp16.state())
    with pytest.raises(failures.NotFinite):
        again.check_gradients(float("nan"), 51)
    fp16.check_gradients(1.0, 51)
    fp16.check_gradients(float("inf"), 52)


def test_tf32_is_allowed_only_inside() -> None:
    def allowed() -> tuple[str, str]:
        return torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.conv.fp32_precision

    before = allowed()
    with precision.tf32(True):
        assert allowed() == ("tf32", "tf32")
    with precision.tf32(False):
        assert allowed() == ("ieee", "ieee")
    assert allowed() == before


def test_a_precision_that_is_not_there_is_refused_before_the_run(small: Dataset) -> None:
    with pytest.raises(TrainingError, match="cannot train in fp16"):
        Run(project(precision="fp16"), small)


def test_a_diverging_run_in_bf16_ends_before_its_weights_are_spoilt(small: Dataset) -> None:
    events = run(project(precision="bf16", epochs=20, **DIVERGING), small)
    assert events[-1].end is End.FAILED
    assert all(finite(event.weights) for event in of(WeightsPublished, events))
