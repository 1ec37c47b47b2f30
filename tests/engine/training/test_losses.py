"""Every loss against torch's own module, and the counts against what they say."""

from __future__ import annotations

import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from cnnlab.core.sources import Target
from cnnlab.core.training.losses import FITTING, LOSSES
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.training import losses
from cnnlab.engine.training.losses import Loss, LossError

COUNTS = torch.tensor([1, 20, 4, 15])


def batch(target: Target, count: int = 12, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    outputs = torch.randn(count, 4 if target is Target.CLASSES else 1, generator=generator, requires_grad=True)
    if target is Target.NUMBER:
        return outputs, torch.randn(count, generator=generator)
    return outputs, torch.randint(0, 4 if target is Target.CLASSES else 2, (count,), generator=generator)


def made(name: str, balanced: bool = False) -> Loss:
    settings = TrainingSettings(
        loss=name, label_smoothing=0.1, huber_delta=0.7, class_weights="balanced" if balanced else "none"
    )
    target = LOSSES[name].target
    return losses.make(settings, target, COUNTS if target is Target.CLASSES else COUNTS[:2])


def torchs(name: str, weights: Tensor | None) -> nn.Module:
    return {
        "cross_entropy": lambda: nn.CrossEntropyLoss(weights, label_smoothing=0.1),
        "nll": lambda: nn.NLLLoss(weights),
        "hinge": lambda: nn.MultiMarginLoss(weight=weights),
        "binary_cross_entropy": nn.BCEWithLogitsLoss,
        "mse": nn.MSELoss,
        "mae": nn.L1Loss,
        "huber": lambda: nn.HuberLoss(delta=0.7),
    }[name]()


WEIGHTED = ["cross_entropy", "nll", "hinge"]


@pytest.mark.parametrize(
    ("name", "balanced"), [*((name, False) for name in LOSSES), *((name, True) for name in WEIGHTED)]
)
def test_a_loss_and_its_gradient_are_torchs(name: str, balanced: bool) -> None:
    loss = made(name, balanced)
    outputs, labels = batch(LOSSES[name].target)
    theirs = outputs.detach().clone().requires_grad_()
    value = loss(outputs, labels)
    is_row = LOSSES[name].target is not Target.CLASSES
    expected = torchs(name, loss.weights)(
        theirs[:, 0] if is_row else theirs, labels.float() if LOSSES[name].target is Target.BINARY else labels
    )
    torch.testing.assert_close(value, expected)
    value.backward()
    expected.backward()
    torch.testing.assert_close(outputs.grad, theirs.grad)


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("name", LOSSES)
@given(cut=st.integers(0, 12))
def test_totals_and_amounts_of_uneven_batches_make_the_mean_of_all(name: str, balanced: bool, cut: int) -> None:
    loss = made(name, balanced)
    outputs, labels = batch(LOSSES[name].target)
    outputs = outputs.detach()
    parts = [(outputs[:cut], labels[:cut]), (outputs[cut:], labels[cut:])]
    total = sum(loss.total(*part) for part in parts)
    amount = sum(loss.amount(part[1]) for part in parts)
    torch.testing.assert_close(total / amount, loss(outputs, labels))


def test_balanced_weights_give_each_class_the_same_say() -> None:
    weights = losses.balanced(COUNTS)
    torch.testing.assert_close(weights, 40 / (4 * COUNTS.float()))
    torch.testing.assert_close(weights * COUNTS, torch.full((4,), 10.0))
    assert losses.balanced(torch.tensor([3, 0, 3])).tolist() == [pytest.approx(2 / 3), 0, pytest.approx(2 / 3)]


def test_yes_or_no_is_cross_entropy_with_a_logit_of_zero_for_no() -> None:
    outputs, labels = batch(Target.BINARY)
    two = torch.cat([torch.zeros_like(outputs), outputs], 1)
    for balanced in (False, True):
        one = made("binary_cross_entropy", balanced)
        torch.testing.assert_close(one(outputs, labels), nn.CrossEntropyLoss(one.weights)(two, labels))


@pytest.mark.parametrize("name", LOSSES)
def test_an_empty_batch_adds_nothing_and_has_a_gradient(name: str) -> None:
    outputs, labels = batch(LOSSES[name].target, count=0)
    total = made(name).total(outputs, labels)
    assert total.item() == 0
    total.backward()
    assert outputs.grad is not None


@pytest.mark.parametrize("name", LOSSES)
def test_outputs_of_few_bits_lose_none_in_the_loss(name: str) -> None:
    outputs, labels = batch(LOSSES[name].target)
    few = outputs.detach().bfloat16()
    value = made(name)(few, labels)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, made(name)(few.float(), labels))


def test_a_loss_travels_to_another_process() -> None:
    outputs, labels = batch(Target.CLASSES)
    loss = made("cross_entropy", balanced=True)
    assert torch.equal(pickle.loads(pickle.dumps(loss))(outputs, labels), loss(outputs, labels))


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_for_another_task_is_refused(name: str, target: Target) -> None:
    settings = TrainingSettings(loss=name)
    if name in FITTING[target]:
        assert losses.make(settings, target).spec.target is target
    else:
        with pytest.raises(LossError, match="does not go with these data"):
            losses.make(settings, target)


def test_right_answers_are_counted_by_task() -> None:
    logits = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
    assert losses.right(logits, torch.tensor([1, 1, 1]), Target.CLASSES).item() == 2
    assert losses.right(torch.tensor([[0.1], [-0.1], [0.0]]), torch.tensor([1, 1, 0]), Target.BINARY).item() == 2
    assert losses.right(torch.tensor([[1.0]]), torch.tensor([1.0]), Target.NUMBER).item() == 0


def test_errors_add_up_in_the_units_of_the_labels() -> None:
    assert losses.error_sum(torch.tensor([[10.0], [-5.0]]), torch.tensor([7.0, 5.0])).item() == 13.0
