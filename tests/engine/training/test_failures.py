from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnlab.core.messages import message
from cnnlab.core.project.project import Weights
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.core.values import Frozen
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.training import failures

SETTINGS = TrainingSettings(batch_size=256, learning_rate=0.5)


def explained(error: Exception, kept: int = 1204) -> str:
    return str(failures.explain(error, kept, SETTINGS))


def test_every_kind_of_failure_says_what_happened_what_is_safe_and_what_to_do() -> None:
    assert explained(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")) == (
        "The GPU ran out of memory at batch size 256. The weights of step 1,204 are kept. Try batch size 128."
    )
    for error in (
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ):
        assert explained(error) == (
            "This computer ran out of memory at batch size 256. The weights of step 1,204 are kept. Try batch size 128."
        )
    assert explained(torch.AcceleratorError("CUDA error: device-side assert triggered")) == (
        "The GPU stopped responding. The weights of step 1,204 are kept. Restart cnnlab to use it again, or train "
        "on the CPU."
    )
    assert explained(RuntimeError("CUDA error: unspecified launch failure")).startswith("The GPU stopped")
    assert explained(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)")).startswith("The GPU ran out")
    assert explained(DataError(message("“cat/7.png” is gone. Put it back, and go on."))) == (
        "“cat/7.png” is gone. Put it back, and go on. Training was stopped; the weights of step 1,204 are kept."
    )
    assert explained(RuntimeError("[pair.cc:547] gloo: Connection closed by peer")) == (
        "Another process of this training has ended or no longer answers. Training was stopped; the weights of step 1,204 are "
        "kept. Continue with --resume."
    )
    assert explained(IndexError("list index out of range")) == (
        "Training stopped because of an error in cnnlab (IndexError). The project and the weights of step 1,204 are safe. "
        "The log has the details."
    )


def test_torch_still_words_a_batch_of_one_as_the_explanation_expects() -> None:
    with pytest.raises(ValueError, match="more than 1 value") as caught:
        torch.nn.BatchNorm2d(3)(torch.zeros(1, 3, 1, 1))
    assert "A batch of one picture" in explained(caught.value)


def test_torch_still_words_too_large_a_tensor_as_the_explanation_expects() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.uint8)
    assert "This computer ran out of memory" in explained(caught.value)


def test_a_batch_of_one_picture_is_not_halved() -> None:
    assert str(failures.explain(MemoryError(), 0, TrainingSettings(batch_size=1))).endswith("Make the network smaller.")


@pytest.mark.parametrize(
    ("loss", "name"), [(float("nan"), "NaN"), (float("inf"), "infinite"), (float("-inf"), "infinite")]
)
def test_a_loss_that_is_no_number_is_refused_with_its_step(loss: float, name: str) -> None:
    with pytest.raises(failures.NotFinite) as caught:
        failures.check_loss(loss, 412)
    assert explained(caught.value, 411) == (
        f"The loss became {name} at step 412. Training was stopped; the weights of step 411 are kept. The learning rate "
        "(0.5) is the usual reason; try 0.05."
    )


@pytest.mark.parametrize("length", [float("nan"), float("inf")])
def test_gradients_that_are_no_numbers_are_refused(length: float) -> None:
    with pytest.raises(failures.NotFinite, match="gradients became infinite at step 412"):
        failures.check_gradients(length, 412)


def test_finite_losses_and_weights_pass() -> None:
    failures.check_loss(3e38, 1)
    failures.check_gradients(3e38, 1)
    failures.check_weights(Weights(3, Frozen({"fc": Frozen({"weight": np.zeros(4, np.float32)})})))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(value: float) -> None:
    array = np.zeros((2, 3), np.float32)
    array[1, 2] = value
    with pytest.raises(failures.NotFinite, match="step 7"):
        failures.check_weights(Weights(7, Frozen({"a": Frozen({"b": np.zeros(1)}), "fc": Frozen({"weight": array})})))
