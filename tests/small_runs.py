"""Small trainings with everything in them that draws random numbers or remembers, and all that is left of one on the disk."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from small_networks import project as network

from cnnlab.core.data.sources import Target
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone, Checkpoint, Event
from cnnlab.core.values import Frozen, thawed
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.runs import checkpoints, checksummed, recording, run_archive
from cnnlab.engine.runs import folder as layout
from cnnlab.engine.runs.recorder import Taker, record
from cnnlab.engine.runs.recording import Rhythm
from cnnlab.engine.training.run import Run

RHYTHM = Rhythm(checkpoint=0.05, flush=0.02, patience=0.05)
"""Much happens in a short run."""
SCHEDULES = ("step", "one_cycle", "plateau")
RUN_ID = "run"


def dataset(count: int = 250, seed: int = 0) -> Dataset:
    """``count`` pictures for training, a patch of light at one of four places in noise. A tenth of the labels is wrong, so that
    the best epoch is not the last."""
    generator = torch.Generator().manual_seed(seed)

    def pictures(count: int) -> PictureSet:
        labels = torch.randint(4, (count,), generator=generator)
        images = torch.randint(0, 160, (count, 1, 12, 12), generator=generator, dtype=torch.uint8)
        for image, label in zip(images, labels.tolist(), strict=True):
            image[0, 6 * (label // 2) :, 6 * (label % 2) :][:6, :6] += 60
        wrong = torch.rand(count, generator=generator) < 0.1
        return PictureSet(images, torch.where(wrong, torch.randint(4, (count,), generator=generator), labels))

    train, validation, test = pictures(count), pictures(60), pictures(30)
    return Dataset("patches", Target.CLASSES, tuple("abcd"), train, validation, test)


def project(schedule: str = "step", **settings: Any) -> Project:
    """Adam, a schedule, batch normalisation, dropout and augmentation."""
    built = network(
        ("conv", "conv2d", {"out_channels": 8, "padding": 1}),
        ("norm", "batchnorm2d", {}),
        ("relu", "relu", {}),
        ("pool", "maxpool2d", {}),
        ("flatten", "flatten", {}),
        ("drop", "dropout", {"p": 0.3}),
        ("fc", "linear", {"out_features": 4}),
        size=(1, 12, 12),
        title="Patches",
    )
    built = changes.set_augmentation(built, rotation=10.0, translation=0.1, noise=0.05)
    base = {
        "optimiser": "adam", "schedule": schedule, "step_every": 3, "step_factor": 0.5, "plateau_patience": 0, "batch_size": 16,
        "epochs": 10, "device": "cpu", "precision": "float32", "threads": 1, "snapshots_mb": 1,
    }  # fmt: skip
    return changes.set_training(built, **(base | settings))


Then = Callable[[Run, Event], object]
"""What is done with a run that has just told an event."""


def stop_at(step: int) -> Then:
    """Stop the run after that step."""
    return lambda run, event: run.stop() if isinstance(event, BatchDone) and event.step == step else None


def driven(
    run: Run,
    root: Path,
    then: Then = lambda _run, _event: None,
    *,
    project_path: Path | None = None,
    disk: Disk = DISK,
    rhythm: Rhythm = recording.RHYTHM,
    beside: Sequence[Taker] = (),
) -> Generator[Event]:
    """The events of ``run``, recorded in ``root``, as its recorder hands them on; ``then`` comes after each."""
    with closing(run), ExitStack() as ending:
        takers = record(run, root, project_path=project_path, disk=disk, rhythm=rhythm), *beside
        for taker in takers:
            ending.enter_context(taker)
        for event in run.events():
            for taker in takers:
                event = taker.take(event)
            yield event
            then(run, event)


def recorded(
    project: Project,
    dataset: Dataset,
    root: Path,
    then: Then = lambda _run, _event: None,
    *,
    resumed: Checkpoint | None = None,
    disk: Disk = DISK,
    rhythm: Rhythm = RHYTHM,
    beside: Sequence[Taker] = (),
) -> Generator[Event]:
    """The same of the run ``root / RUN_ID``."""
    run = Run(project, dataset, threads=(1,), resume=resumed, run_id=RUN_ID)
    yield from driven(run, root, then, disk=disk, rhythm=rhythm, beside=beside)


def without(name: str, **values: Any) -> Callable[[Checkpoint], Checkpoint]:
    """A checkpoint with a part of its state as at the start of a run."""
    return lambda checkpoint: replace(
        checkpoint, state=checkpoint.state | {name: Frozen({**checkpoint.state[name], **values})}
    )


LACKING: Mapping[str, Callable[[Checkpoint], Checkpoint]] = {
    "": lambda checkpoint: checkpoint,
    "random": without("random", draws=0),
    "schedule": without("schedule", fallen=1.0),
}
"""What is left of a checkpoint without the random numbers, or without how far the learning rate has fallen."""


@dataclass(frozen=True)
class Outcome:
    """All that a run has come to, but for the time that it took: equal for equal runs, to the bit."""

    arrays: Mapping[str, bytes]
    """Of last and best weights, and of the last checkpoint."""
    state: Any
    """Of the last checkpoint: schedule, random numbers, place in the run."""
    curve: Mapping[str, list[float]]
    epochs: tuple[Any, ...]


def outcome(folder: Path) -> Outcome:
    """Of the run in ``folder``."""
    arrays: dict[str, Any] = {}
    for name in (layout.LAST, layout.BEST):
        held, _document = checksummed.read(folder / name)
        arrays |= {f"{name}/{key}": value.tobytes() for key, value in held.items()}
    checkpoint = checkpoints.latest(folder)
    assert checkpoint is not None
    held, _document = checksummed.read(folder / layout.CHECKPOINTS / layout.step_name(checkpoint.step))
    arrays |= {f"checkpoint/{key}": value.tobytes() for key, value in held.items()}
    state: Any = thawed(checkpoint.state)
    state["sums"].pop("seconds")
    told = run_archive.read_curve(folder)
    curves = {name: getattr(told, name).tolist() for name in ("step", "loss", "accuracy", "learning_rate")}
    return Outcome(arrays, state, curves, tuple(repr(replace(epoch, seconds=0.0)) for epoch in told.epochs))


def differences(one: Outcome, other: Outcome) -> set[str]:
    """Which parts of two runs are not the same."""
    unequal = {
        name.partition("/")[0] for name in one.arrays | other.arrays if one.arrays.get(name) != other.arrays.get(name)
    }
    unequal |= {f"state {name}" for name in one.state if one.state[name] != other.state.get(name)}
    unequal |= {name for name in one.curve if not np.array_equal(one.curve[name], other.curve[name], equal_nan=True)}
    return unequal | ({"epochs"} if one.epochs != other.epochs else set())
