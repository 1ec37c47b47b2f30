"""Every loss against torch's own module, and the counts against what they say."""

from __future__ import annotations

import itertools
import pickle
from pkgutil import resolve_name
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from other_values import other
from torch import Tensor, nn
from torchvision.ops import sigmoid_focal_loss

from cnnlab.core.data.sources import Target
from cnnlab.core.params import params
from cnnlab.core.training.losses import FITTING, LOSSES, LossSettings
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


EACH = pytest.mark.parametrize("name", LOSSES)
VALUES = {param.name: other(param, param.default) for param in params(LossSettings) if param.name != "loss"}
"""Another value for each setting."""


def made(name: str, **settings: Any) -> Loss:
    target = LOSSES[name].target
    return losses.make(
        TrainingSettings(loss=name, **settings), target, COUNTS if target is Target.CLASSES else COUNTS[:2]
    )


def reckoned(loss: Loss) -> tuple[Tensor, Tensor]:
    """Its mean over a batch, and the gradient of that."""
    outputs, labels = batch(loss.spec.target)
    value = loss(outputs, labels)
    value.backward()
    assert outputs.grad is not None
    return value.detach(), outputs.grad


def torchs(loss: Loss, **settings: Any) -> tuple[Tensor, Tensor]:
    """The same by torch's own function, which takes the mean itself."""
    outputs, labels = batch(loss.spec.target)
    arguments = {argument: settings[name] for argument, name in loss.spec.arguments.items()}
    if loss.weights is not None:
        arguments["weight"] = loss.weights
    is_row, function = loss.spec.target is not Target.CLASSES, resolve_name(loss.spec.make)
    value = function(
        outputs[:, 0] if is_row else outputs,
        labels.float() if loss.spec.target is Target.BINARY else labels,
        **arguments,
    )
    value.backward()
    assert outputs.grad is not None
    return value.detach(), outputs.grad


def is_torchs(name: str, balanced: bool) -> bool:
    """Whether torch has the function, and reckons the mean as all of ours do: that of yes or no with weights it does not divide
    by them."""
    spec = LOSSES[name]
    return spec.make.startswith("torch.") and (not balanced or (spec.weighs and spec.target is Target.CLASSES))


@pytest.mark.parametrize(
    ("name", "balanced"),
    [(name, balanced) for name in LOSSES for balanced in (False, True) if is_torchs(name, balanced)],
)
def test_a_loss_and_its_gradient_are_torchs(name: str, balanced: bool) -> None:
    values = VALUES | {"class_weights": "balanced" if balanced else "none"}
    loss = made(name, **values)
    assert (loss.weights is not None) is balanced
    for ours, theirs in zip(reckoned(loss), torchs(loss, **values), strict=True):
        torch.testing.assert_close(ours, theirs)


@EACH
def test_the_settings_that_it_uses_change_it_and_no_others(name: str) -> None:
    before, _gradient = reckoned(made(name))
    for setting, value in VALUES.items():
        after, _gradient = reckoned(made(name, **{setting: value}))
        assert torch.equal(after, before) is (setting not in LOSSES[name].uses), setting


@EACH
def test_answers_that_are_sure_or_say_nothing_have_a_finite_gradient(name: str) -> None:
    for scale, gamma in itertools.product((0.0, 1.0, 1e4), (0.0, 0.5, 2.0)):
        loss = made(name, **VALUES | {"focal_gamma": gamma})
        outputs, labels = batch(loss.spec.target)
        outputs = (outputs.detach() * scale).requires_grad_()
        value = loss(outputs, labels)
        value.backward()
        assert value.isfinite(), (scale, gamma)
        assert outputs.grad is not None, (scale, gamma)
        assert outputs.grad.isfinite().all(), (scale, gamma)


@pytest.mark.parametrize("balanced", ["none", "balanced"])
@pytest.mark.parametrize(("focal", "plain"), [("focal", "cross_entropy"), ("binary_focal", "binary_cross_entropy")])
def test_without_focusing_the_focal_loss_is_cross_entropy(focal: str, plain: str, balanced: str) -> None:
    values = {"focal_gamma": 0.0, "class_weights": balanced}
    for ours, theirs in zip(reckoned(made(focal, **values)), reckoned(made(plain, **values)), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_the_focal_loss_of_yes_or_no_is_torchvisions(gamma: float) -> None:
    outputs, labels = batch(Target.BINARY)
    theirs = sigmoid_focal_loss(outputs[:, 0], labels.float(), alpha=-1, gamma=gamma, reduction="mean")
    torch.testing.assert_close(made("binary_focal", focal_gamma=gamma)(outputs, labels), theirs)


def test_the_focal_loss_of_two_classes_is_that_of_yes_or_no() -> None:
    outputs, labels = batch(Target.BINARY)
    two = torch.cat([torch.zeros_like(outputs), outputs], 1)
    for balanced in ("none", "balanced"):
        one = made("binary_focal", class_weights=balanced)
        torch.testing.assert_close(one(outputs, labels), Loss("focal", one.arguments, one.weights)(two, labels))


def test_hinge_is_a_multi_margin_in_proportion() -> None:
    outputs, labels = batch(Target.CLASSES)
    plain = made("multi_margin", margin=1.0, margin_power=1)
    torch.testing.assert_close(made("hinge")(outputs, labels), plain(outputs, labels))


@pytest.mark.parametrize("balanced", ["none", "balanced"])
@EACH
@given(cut=st.integers(0, 12))
def test_totals_and_amounts_of_uneven_batches_make_the_mean_of_all(name: str, balanced: str, cut: int) -> None:
    loss = made(name, **VALUES | {"class_weights": balanced})
    outputs, labels = batch(LOSSES[name].target)
    outputs = outputs.detach()
    parts = [(outputs[:cut], labels[:cut]), (outputs[cut:], labels[cut:])]
    total = sum(loss.total(*part) for part in parts)
    total_weight = sum(loss.total_weight(part[1]) for part in parts)
    torch.testing.assert_close(total / total_weight, loss(outputs, labels))


def test_balanced_weights_give_each_class_the_same_say() -> None:
    weights = losses.balanced(COUNTS)
    torch.testing.assert_close(weights, 40 / (4 * COUNTS.float()))
    torch.testing.assert_close(weights * COUNTS, torch.full((4,), 10.0))
    assert losses.balanced(torch.tensor([3, 0, 3])).tolist() == [pytest.approx(2 / 3), 0, pytest.approx(2 / 3)]


def test_yes_or_no_is_cross_entropy_with_a_logit_of_zero_for_no() -> None:
    outputs, labels = batch(Target.BINARY)
    two = torch.cat([torch.zeros_like(outputs), outputs], 1)
    for balanced in ("none", "balanced"):
        one = made("binary_cross_entropy", class_weights=balanced)
        torch.testing.assert_close(one(outputs, labels), nn.CrossEntropyLoss(one.weights)(two, labels))


@EACH
def test_an_empty_batch_adds_nothing_and_has_a_gradient(name: str) -> None:
    outputs, labels = batch(LOSSES[name].target, count=0)
    total = made(name).total(outputs, labels)
    assert total.item() == 0
    total.backward()
    assert outputs.grad is not None


@EACH
def test_outputs_of_few_bits_lose_none_in_the_loss(name: str) -> None:
    outputs, labels = batch(LOSSES[name].target)
    few = outputs.detach().bfloat16()
    value = made(name)(few, labels)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, made(name)(few.float(), labels))


def test_a_loss_travels_to_another_process() -> None:
    outputs, labels = batch(Target.CLASSES)
    loss = made("cross_entropy", class_weights="balanced")
    assert torch.equal(pickle.loads(pickle.dumps(loss))(outputs, labels), loss(outputs, labels))


@pytest.mark.parametrize("target", Target)
@EACH
def test_a_loss_for_another_task_is_refused(name: str, target: Target) -> None:
    settings = TrainingSettings(loss=name)
    if name in FITTING[target]:
        assert losses.make(settings, target).spec.target is target
    else:
        with pytest.raises(LossError, match="does not go with these data"):
            losses.make(settings, target)


def test_right_answers_are_counted_by_task() -> None:
    logits = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
    assert losses.correct(logits, torch.tensor([1, 1, 1]), Target.CLASSES).item() == 2
    assert losses.correct(torch.tensor([[0.1], [-0.1], [0.0]]), torch.tensor([1, 1, 0]), Target.BINARY).item() == 2
    assert losses.correct(torch.tensor([[1.0]]), torch.tensor([1.0]), Target.NUMBER).item() == 0


def test_errors_add_up_in_the_units_of_the_labels() -> None:
    assert losses.error_sum(torch.tensor([[10.0], [-5.0]]), torch.tensor([7.0, 5.0])).item() == 13.0
