"""Every setting of a run does what it says: a run with it differs from one without, or is what plain arithmetic makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from other_values import other
from training_runs import equal, last_weights, misleading, of, run, tiny, with_layers

from cnnlab.core.data.augmentation import Augmentation
from cnnlab.core.data.sources import Target
from cnnlab.core.params import Param
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, End, EpochDone, RunStarted
from cnnlab.core.training.learning import Learning
from cnnlab.core.training.losses import LOSSES
from cnnlab.core.training.settings import NEEDS, TRAINING_PARAMS, matters
from cnnlab.core.values import Frozen
from cnnlab.engine.data.picture_sets import Dataset, PictureSet

CONV: list[Any] = [("conv2d", "conv", {"out_channels": 4, "stride": 3}), ("batchnorm2d", "norm", {})]

BASE: dict[str, dict[str, Any]] = {
    "huber_delta": {"loss": "huber"},
    "momentum": {"optimiser": "sgd"},
    "nesterov": {"optimiser": "sgd"},
    "decay_all": {"weight_decay": 0.1},
    "step_every": {"schedule": "step", "epochs": 2, "step_every": 1},
    "step_factor": {"schedule": "step", "epochs": 2, "step_every": 1},
    "plateau_patience": {"schedule": "plateau", "epochs": 4, "plateau_patience": 0},
    "one_cycle_up": {"schedule": "one_cycle"},
    "precision": {"precision": "float32"},
}
"""What must be so for a setting to matter, where its needs alone do not tell."""

OTHERS: dict[str, Any] = {
    "loss": "hinge", "label_smoothing": 0.2, "class_weights": "balanced", "huber_delta": 0.01, "optimiser": "sgd",
    "learning_rate": 0.01, "momentum": 0.5, "nesterov": True, "beta1": 0.5, "beta2": 0.9, "weight_decay": 0.1,
    "decay_all": True, "l1": 0.01, "clip_norm": 0.1, "schedule": "constant", "warm_up": 0.5, "step_every": 2, "step_factor": 0.5,
    "plateau_patience": 3, "one_cycle_up": 0.8, "batch_size": 50, "epochs": 2, "max_steps": 4, "shuffle": False,
    "drop_last": True, "seed": 1, "precision": "bf16",
}  # fmt: skip
"""Another value for a setting, where it is not just any."""
ELSEWHERE = {
    "early_stopping": "test_loop", "pictures": "tests of batches", "workers": "tests of batches", "device": "test_loop",
    "channels_last": "below", "threads": "below", "snapshots_mb": "tests of recording",
}  # fmt: skip
"""Settings that change no weights here, and where they are tested."""


HERE = [param for param in TRAINING_PARAMS if param.name not in ELSEWHERE]


def needed(name: str) -> dict[str, Any]:
    """The first of the choices that know the setting."""
    return {need.names[0]: need.values[0] for need in NEEDS.get(name, ()) if need.values}


@pytest.mark.parametrize("param", HERE, ids=lambda param: param.name)
def test_another_value_leads_to_other_weights(small: Dataset, param: Param) -> None:
    base = with_layers(*CONV, **({"precision": "float32"} | BASE.get(param.name, needed(param.name))))
    data = misleading(small) if base.training.schedule == "plateau" else small
    if LOSSES[base.training.loss].target is Target.NUMBER:
        base, data = changes.set_params(base, "fc", out_features=1), as_numbers(small)
    assert param.name in matters(base.training)
    value = OTHERS.get(param.name, other(param, getattr(base.training, param.name)))
    changed = changes.set_training(base, **{param.name: value})
    assert changed.training != base.training
    one, another = run(base, data), run(changed, data)
    assert (one[-1].end, another[-1].end) == (End.COMPLETED, End.COMPLETED), (one[-1].message, another[-1].message)
    assert not equal(last_weights(one), last_weights(another))


def as_numbers(dataset: Dataset) -> Dataset:
    """The same pictures, whose digit is to be told as a number."""

    def told(pictures: PictureSet) -> PictureSet:
        return PictureSet(pictures.images, pictures.labels.float())

    splits: dict[str, Any] = {name: told(getattr(dataset, name)) for name in ("train", "validation", "test")}
    return replace(dataset, target=Target.NUMBER, classes=(), **splits)


def test_channels_last_changes_nothing_but_rounding(small: Dataset) -> None:
    # Without normalisation, whose convolution's bias has no gradient but rounding.
    on, off = (last_weights(run(with_layers(CONV[0], channels_last=value), small)) for value in ("on", "off"))
    for uid, held in on.nodes.items():
        for name, array in held.items():
            assert array == pytest.approx(off.nodes[uid][name], abs=1e-3), f"{uid}.{name}"


def test_the_threads_of_the_settings_are_used_and_given_back(small: Dataset) -> None:
    before = torch.get_num_threads()
    events = run(tiny(threads=2), small)
    assert of(RunStarted, events)[0].threads == 2
    assert torch.get_num_threads() == before
    assert of(RunStarted, run(tiny(threads=2), small, threads=(1,)))[0].threads == 1


def test_augmentation_and_frozen_layers_are_part_of_a_run(small: Dataset) -> None:
    plain = with_layers(*CONV)
    held = last_weights(run(plain, small))
    varied = replace(plain, augmentation=Augmentation(rotation=20.0))
    assert not equal(held, last_weights(run(varied, small)))
    frozen: Project = replace(plain, learning=Frozen({"conv": Learning(frozen=True), "norm": Learning(frozen=True)}))
    events = run(frozen, small)
    start, end = (event.weights for event in events if hasattr(event, "weights"))
    for uid in ("conv", "norm"):
        assert all((start.nodes[uid][name] == end.nodes[uid][name]).all() for name in start.nodes[uid])
    assert (start.nodes["fc"]["weight"] != end.nodes["fc"]["weight"]).any()


def test_the_most_steps_end_a_run_amid_an_epoch_as_an_epoch_ends(small: Dataset) -> None:
    events = run(tiny(epochs=3, max_steps=8), small)
    assert events[0].steps == 8
    assert [batch.step for batch in of(BatchDone, events)] == list(range(1, 9))
    assert [(epoch.epoch, epoch.step) for epoch in of(EpochDone, events)] == [(1, 6), (2, 8)]
    assert events[-1].test_accuracy is not None
    assert run(tiny(epochs=1, max_steps=8), small)[0].steps == 6


def test_a_dropped_last_batch_is_not_learned_from(small: Dataset) -> None:
    events = run(tiny(drop_last=True), small)
    assert [batch.images for batch in of(BatchDone, events)] == [64, 128, 192, 256, 320]


def test_a_number_is_learned_and_measured_by_its_errors(small: Dataset) -> None:
    asked = changes.set_params(tiny(loss="mse", epochs=3), "fc", out_features=1)
    events = run(asked, as_numbers(small))
    batches, epochs = of(BatchDone, events), of(EpochDone, events)
    assert batches[0].accuracy is None
    assert batches[0].error > batches[-1].error > 0
    assert epochs[-1].validation_error == pytest.approx(epochs[-1].validation.error)
    assert events[-1].test_accuracy is None
    assert events[-1].test.pairs
