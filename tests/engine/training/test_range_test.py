"""The trial of learning rates: a copy of the network learns, and the losses tell which rate suits."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest
import torch
from small_networks import project as small
from torch import Tensor

from cnnlab.core.data.sources import Target
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import plain
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import EpochDone
from cnnlab.engine.data.errors import DataError
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.network import state
from cnnlab.engine.training import range_test
from cnnlab.engine.training.range_test import STEPS, RangePoint, Suggestion, suggest
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_setup import TrainingError


def easy(target: Target = Target.CLASSES) -> tuple[Project, Dataset]:
    """Bright pictures and dark ones, and a network that can tell them apart."""
    outputs = 2 if target is Target.CLASSES else 1
    loss = {Target.CLASSES: "cross_entropy", Target.BINARY: "binary_cross_entropy", Target.NUMBER: "mse"}[target]
    project = small(
        ("conv", "conv2d", {"out_channels": 3}),
        ("norm", "batchnorm2d", {}),
        ("relu", "relu", {}),
        ("flatten", "flatten", {}),
        ("fc", "linear", {"out_features": outputs}),
        size=(1, 6, 6),
    )
    project = changes.set_training(project, loss=loss, batch_size=20, device="cpu", precision="float32")
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 2, (110,), generator=generator)
    images = torch.randint(0, 128, (110, 1, 6, 6), generator=generator) + 127 * labels.view(-1, 1, 1, 1)
    pictures = PictureSet(images.to(torch.uint8), labels.float() if target is Target.NUMBER else labels)
    classes = () if target is Target.NUMBER else ("dark", "bright")
    return project, Dataset("easy", target, classes, pictures, pictures, pictures)


def whole(project: Project, dataset: Dataset) -> tuple[list[RangePoint], Suggestion]:
    suggestions: list[Suggestion] = []

    def trial() -> Iterator[RangePoint]:
        suggestions.append((yield from range_test.run(project, dataset)))

    return list(trial()), suggestions[0]


@pytest.mark.parametrize("target", Target)
def test_rates_grow_evenly_and_one_that_suits_is_suggested(target: Target) -> None:
    points, suggestion = whole(*easy(target))
    assert 20 < len(points) <= STEPS
    assert [point.step for point in points] == list(range(1, len(points) + 1))
    factors = [later.rate / earlier.rate for earlier, later in itertools.pairwise(points)]
    assert factors == pytest.approx([factors[0]] * len(factors))
    assert suggestion.rate is not None
    assert points[0].rate < suggestion.rate < points[-1].rate
    assert plain(suggestion.rate) in str(suggestion.text)


def test_the_suggested_rate_learns_faster_than_one_far_below() -> None:
    project, dataset = easy()
    _points, suggestion = whole(project, dataset)
    assert suggestion.rate is not None

    def loss_after(rate: float) -> float:

        run = changes.set_training(project, learning_rate=rate, schedule="constant", epochs=1)
        return next(event.loss for event in Run(run, dataset).events() if isinstance(event, EpochDone))

    assert loss_after(suggestion.rate) < 0.9 * loss_after(suggestion.rate / 100)


def test_the_project_stays_as_it_is() -> None:
    project, dataset = easy()
    tensors = {name: tensor.numpy().copy() for name, tensor in state.network(project).state_dict().items()}
    project = state.from_state_dict(project, tensors)
    before = {uid: {name: array.copy() for name, array in held.items()} for uid, held in project.weights.nodes.items()}
    whole(project, dataset)
    for uid, held in before.items():
        for name, array in held.items():
            assert (project.weights.nodes[uid][name] == array).all()


def test_the_same_project_has_the_same_trial() -> None:
    assert whole(*easy()) == whole(*easy())


def test_it_can_be_stopped_between_two_steps() -> None:
    trial = range_test.run(*easy())
    next(trial)
    trial.close()
    with pytest.raises(StopIteration):
        next(trial)


def test_it_begins_only_where_a_run_could() -> None:
    project, dataset = easy()
    for uid in ("uid-conv", "uid-norm", "uid-fc"):
        project = changes.set_learning(project, uid, frozen=True)
    with pytest.raises(TrainingError, match="frozen"):
        next(range_test.run(project, dataset))


def test_what_ends_it_on_the_way_is_told_in_words() -> None:
    project, dataset = easy()
    project = small(
        ("flatten", "flatten", {}), ("norm", "batchnorm1d", {}), ("fc", "linear", {"out_features": 2}), size=(1, 6, 6)
    )
    project = changes.set_training(project, batch_size=109, device="cpu", precision="float32")
    trial = range_test.run(project, dataset)
    next(trial)
    with pytest.raises(TrainingError, match="A batch of one picture"):
        next(trial)


@dataclass(frozen=True, eq=False)
class Vanishing:
    """Pictures of which only the first is still there."""

    labels: Tensor
    shape: tuple[int, int, int] = (1, 6, 6)

    def __len__(self) -> int:
        return len(self.labels)

    def read(self, indices: Sequence[int]) -> Tensor:
        if list(indices) != [0]:
            raise DataError(_("A picture is gone."))
        return torch.zeros(1, *self.shape, dtype=torch.uint8)


def test_a_picture_that_is_gone_ends_it_in_words() -> None:
    project, dataset = easy()
    gone = replace(dataset, train=Vanishing(dataset.train.labels))
    with pytest.raises(TrainingError, match="A picture is gone"):
        next(range_test.run(project, gone))


def curve(losses: list[float]) -> list[RangePoint]:
    return [RangePoint(step, 10 ** (-6 + step / 14), loss, loss) for step, loss in enumerate(losses, 1)]


def test_the_suggestion_is_where_the_loss_falls_fastest() -> None:
    falling = [2 - 1 / (1 + math.exp((40 - step) / 3)) for step in range(80)]
    grown = [1 + 0.5 * step for step in range(20)]
    points = curve(falling + grown)
    suggestion = suggest(points)
    assert suggestion.rate == pytest.approx(points[40].rate, rel=0.2)


def test_a_suggestion_keeps_its_distance_from_where_the_loss_grows() -> None:
    points = curve([2.0] * 40 + [2 - 0.1 * step for step in range(10)] + [1.1 + step for step in range(10)])
    suggestion = suggest(points)
    assert suggestion.rate is not None
    assert suggestion.rate < points[49].rate / 2.9


def noisy(losses: list[float], seed: int, total_weight: float) -> list[float]:
    generator = torch.Generator().manual_seed(seed)
    noise = total_weight * torch.randn(len(losses), generator=generator)
    return [loss + float(more) for loss, more in zip(losses, noise, strict=True)]


@pytest.mark.parametrize("fall", [0.0, 0.05, 0.1])
def test_a_network_that_has_learned_is_not_sent_far_below_where_its_loss_grows(fall: float) -> None:
    level = [0.5] * 45 + [0.5 - fall * step / 15 for step in range(15)]
    suggested = 0
    for seed in range(20):
        points = curve(noisy(level + [level[-1] + 0.3 * step for step in range(1, 15)], seed, 0.05))
        suggestion = suggest(points)
        if suggestion.rate is not None:
            suggested += 1
            assert points[20].rate < suggestion.rate < points[61].rate / 2, seed
    assert bool(suggested) is bool(fall), "where nothing falls, noise leads to no suggestion"


def test_noise_moves_the_suggestion_little() -> None:
    falling = [2 - 1 / (1 + math.exp((40 - step) / 3)) for step in range(70)]
    for seed in range(20):
        points = curve(noisy(falling + [1 + 0.5 * step for step in range(20)], seed, 0.1))
        suggestion = suggest(points)
        assert suggestion.rate is not None, seed
        assert points[33].rate < suggestion.rate < points[47].rate, seed


@pytest.mark.parametrize("seed", range(5))
def test_a_loss_that_falls_at_once_is_seen_to_fall(seed: int) -> None:
    points = curve(noisy([2 - 0.03 * step for step in range(40)] + [0.8 + step for step in range(12)], seed, 0.02))
    suggestion = suggest(points)
    assert suggestion.rate is not None
    assert suggestion.rate < points[42].rate / 2.9


@pytest.mark.parametrize(
    ("losses", "text"),
    [
        ([2.0, 2.01, 1.99] * 30, "did not fall clearly"),
        ([2.0] * 12 + [2.0 + step for step in range(30)], "did not fall clearly"),
        ([0.1] * 5 + [0.4] * 5 + [9.0], "did not fall clearly"),
        ([2.0, 9.0, 80.0], "grew at once"),
        ([], "grew at once"),
    ],
)
def test_where_nothing_was_learned_nothing_is_suggested(losses: list[float], text: str) -> None:
    suggestion = suggest(curve(losses))
    assert suggestion.rate is None
    assert text in str(suggestion.text)
