"""What several processes do together in tests; ``torchrun`` runs this file in each, with a folder for what they found."""

from __future__ import annotations

import json
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import small_networks
import torch

from cnnlab.core.data.sources import Target
from cnnlab.core.messages import Refusal
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.events import BatchDone, Change, Event, RunEnded, WeightsPublished
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.training import distributed
from cnnlab.engine.training.distributed import ProcessGroup
from cnnlab.engine.training.run import Run

SIZE = (2, 9, 8)


def project(**training: Any) -> Project:
    """Without batch normalisation and dropout, which do depend on who sees which picture. The batches have an odd size, and
    the last of each epoch is a single picture."""
    net = small_networks.project(
        ("conv1", "conv2d", {"out_channels": 4, "padding": (1, 1)}),
        ("relu1", "relu", {}),
        ("pool1", "maxpool2d", {}),
        ("flatten", "flatten", {}),
        ("fc", "linear", {"out_features": 5}),
        size=SIZE,
    )
    settings = {"batch_size": 31, "epochs": 2, "device": "cpu", "precision": "float32", "weight_decay": 0.01}
    return changes.set_training(net, **(settings | training))


def pictures(count: int, seed: int) -> PictureSet:
    """Noise; what it shows can be learned by heart."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, *SIZE), dtype=torch.uint8, generator=generator)
    return PictureSet(images, torch.randint(0, 5, (count,), generator=generator))


def dataset(*, target: Target = Target.CLASSES, spoilt: int | None = None) -> Dataset:
    """125 training pictures: four batches and one picture. A number is to be learned where ``target`` says so; its square is
    infinite for the picture ``spoilt``."""
    parts = [pictures(125, 1), pictures(20, 2), pictures(20, 3)]
    if target is Target.NUMBER:
        parts = [PictureSet(part.images, part.labels.float()) for part in parts]
    if spoilt is not None:
        parts[0].labels[spoilt] = 1e30
    names = tuple("abcde") if target is Target.CLASSES else ()
    return Dataset("noise", target, names, *parts)


def followed(run: Run, then: Callable[[Event], object] = lambda _event: None) -> tuple[RunEnded, Weights, list[float]]:
    """How a run ended, its weights, and the loss of each batch; ``then`` comes after each event."""
    weights, losses = Weights(), []
    for event in run.events():
        if isinstance(event, WeightsPublished):
            weights = event.weights
        if isinstance(event, BatchDone):
            losses.append(event.loss)
        then(event)
    assert isinstance(event, RunEnded)
    return event, weights, losses


def arrays(weights: Weights) -> dict[str, np.ndarray]:
    """The weights as a file of numpy has them."""
    return {f"{uid}/{name}": array for uid, tensors in weights.nodes.items() for name, array in tensors.items()}


def _main(folder: Path) -> None:
    torch.set_num_threads(1)
    place = distributed.place()
    assert place is not None
    with distributed.joined(place) as group:
        found = _talk(group) | _stop(group) | _fail(group)
        for name, settings in EQUAL.items():
            ended, weights, losses = followed(Run(project(**settings), dataset(), group=group))
            found[name] = [ended.end, weights.step, losses]
            np.savez(folder / f"{name}-{group.rank}.npz", allow_pickle=False, **arrays(weights))
        found |= _leave(group)
        theirs = weakref.ref(torch.distributed.group.WORLD)
    found["outlived"] = theirs() is not None
    (folder / f"{place.rank}.json").write_text(json.dumps(found))


EQUAL: dict[str, dict[str, Any]] = {
    "adam": {},
    "clipped": {"optimiser": "sgd", "learning_rate": 0.05, "clip_norm": 0.5, "l1": 0.001, "class_weights": "balanced"},
    "averaged": {"ema_decay": 0.9},
    "accumulated": {"accumulate": 2, "class_weights": "balanced"},
}
"""Runs that must come out as they do in one process."""


def _talk(group: ProcessGroup) -> dict[str, Any]:
    second = group.rank == 1
    found: dict[str, Any] = {
        "sum": group.sum([1.0, group.rank, 0.5]),
        "first": group.first(f"from {group.rank}"),
        "all": group.all(f"from {group.rank}"),
        "nobody": group.agree(),
        "stop": group.agree(second, Change(dropout=0.5)),
        "change": rate_after(
            group.agree(change=Change(learning_rate=0.25) if group.rank == 0 else Change(dropout=0.5))
        ),
        "no change": group.agree(change=Change(dropout=0.5) if second else None),
        "device": group.choose("auto"),
    }
    try:
        group.choose("cuda")
    except Refusal as refusal:
        found["cuda"] = str(refusal)
    assert group.choose("cpu") == "cpu"
    # A pause that one process asks for holds the other.
    if second:
        group.pause(True)
        threading.Timer(0.3, group.pause, [False]).start()
    waited = threading.Event()
    timer = threading.Timer(0.2, waited.set)
    timer.start()
    group.agree()
    found["paused"] = waited.is_set()
    timer.join()
    return found


def rate_after(agreed: tuple[bool, Change | None]) -> float | None:
    """The learning rate that all are to go on with, if none is to stop."""
    stop, change = agreed
    return change.learning_rate if change and not stop else None


def _stop(group: ProcessGroup) -> dict[str, Any]:
    """The driver of the second process stops after five steps."""

    run = Run(project(), dataset(), group=group)

    def stop(event: Event) -> None:
        if group.rank == 1 and isinstance(event, BatchDone) and event.step == 5:
            run.stop()

    ended, weights, _losses = followed(run, stop)
    return {"stopped": [ended.end, weights.step]}


def _fail(group: ProcessGroup) -> dict[str, Any]:
    """The loss of the second process is infinite."""
    net = project(loss="mse", shuffle=False)
    net = changes.set_params(net, "uid-fc", out_features=1)
    # Of the second batch, its last picture: the first process has the others.
    ended, weights, _losses = followed(Run(net, dataset(target=Target.NUMBER, spoilt=61), group=group))
    return {"failed": [ended.end, weights.step, str(ended.message)]}


def _leave(group: ProcessGroup) -> dict[str, Any]:
    """The second process fails by itself."""
    if group.rank == 1:
        group.give_up()
        return {"left": ""}
    try:
        group.agree()
    except Refusal as refusal:
        return {"left": str(refusal)}
    return {"left": "nothing was said"}


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
