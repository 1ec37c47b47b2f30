"""Is the app's training loop as fast as the same loop written by hand? Pictures a second, and the ratio to the plain one.

    python tests/benchmarks/training_speed.py [--threads N] [--rounds N] [--batches N]

All train the starter net in float32 on tensors in memory, with the same batch size, Adam and number of threads, in
alternating rounds of one process, so that what else the machine does hits all alike. Read the ratio: above 1, the app is
faster. The third loop is written by hand with the same tricks as the app's, so it shows what events and checks cost.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import torch
from torch import nn
from torch.nn import functional as F

from cnnlab.core import changes, templates
from cnnlab.core.events import BatchDone, Command
from cnnlab.engine.data.datasets import Dataset, PictureSet, mnist
from cnnlab.engine.training.loop import train

BATCH = 64
WARM_UP = 5
"""Batches that are not timed: the first ones allocate."""


def by_hand(data: Dataset, *, tricks: bool) -> float:
    """Seconds for the batches of ``data`` after the warm-up, in a loop as a tutorial has it."""
    channels = (1, 32, 64, 128)
    maps = [
        layer
        for before, filters in itertools.pairwise(channels)
        for layer in (nn.Conv2d(before, filters, 3), nn.ReLU(), nn.MaxPool2d(2))
    ]
    net = nn.Sequential(*maps, nn.Flatten(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
    if tricks:
        net = net.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.001, fused=tricks or None)
    began = 0.0
    for number, index in enumerate(torch.randperm(len(data.train)).split(BATCH)):
        if number == WARM_UP:
            began = time.perf_counter()
        pictures = (data.train.images[index].float() / 255 - 0.1307) / 0.3081
        labels = data.train.labels[index]
        logits = net(pictures)
        loss = F.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item(), (logits.argmax(1) == labels).float().mean().item()  # what a person wants to see
    return time.perf_counter() - began


def in_the_app(data: Dataset) -> float:
    """The same in the app's loop, events drained and thrown away."""
    project = changes.set_training(
        templates.BY_KEY["mnist"].build(),
        optimiser="adam",
        learning_rate=0.001,
        batch_size=BATCH,
        epochs=1,
        device="cpu",
    )
    began = 0.0
    for event in train(project, data):
        if isinstance(event, BatchDone):
            if event.step == WARM_UP:
                began = time.perf_counter()
            ended = time.perf_counter()
    return ended - began


def publishing(data: Dataset) -> float:
    """Seconds that one ``Command.PUBLISH`` takes."""
    run = train(changes.set_training(templates.BY_KEY["mnist"].build(), device="cpu"), data)
    next(event for event in run if isinstance(event, BatchDone))
    began = time.perf_counter()
    for _round in range(50):
        run.send(Command.PUBLISH)
    took = (time.perf_counter() - began) / 50
    run.close()
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=60)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    whole = mnist()
    count = BATCH * (WARM_UP + asked.batches)
    nothing = PictureSet(whole.test.images[:0], whole.test.labels[:0])
    train_set = PictureSet(whole.train.images[:count], whole.train.labels[:count])
    data = replace(whole, train=train_set, validation=nothing, test=nothing)
    loops: dict[str, Callable[[], float]] = {
        "plain, by hand": lambda: by_hand(data, tricks=False),
        "the app": lambda: in_the_app(data),
        "by hand, channels_last and fused": lambda: by_hand(data, tricks=True),
    }
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _round in range(asked.rounds):
        for name, loop in loops.items():
            times[name].append(loop())
    plain = times["plain, by hand"]
    print(f"{asked.threads} threads, {asked.rounds} alternating rounds of {asked.batches} batches of {BATCH}; medians")
    for name, taken in times.items():
        ratio = median(before / after for before, after in zip(plain, taken, strict=True))
        print(f"{name:34} {asked.batches * BATCH / median(taken):7,.0f} images/s   ratio {ratio:.2f}")
    print(f"publishing the weights takes {1000 * publishing(data):.2f} ms")


if __name__ == "__main__":
    main()
