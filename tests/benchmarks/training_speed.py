"""Is the app's training loop as fast as the same loop written by hand? Pictures a second, and the ratio to the plain one.

    python tests/benchmarks/training_speed.py [--threads N] [--rounds N] [--batches N] [--window]

All train the starter net with padding 1 (241,546 parameters) on tensors in memory, with the same batch size, Adam and number of
threads. Each loop has a process of its own, since the app's engine sets how its process keeps memory; they take turns, so that
what else the machine does hits all alike. With ``--window`` one more trains behind the real window, curves and maps live. Read
the ratio: above 1, the app is faster. The floor is the arithmetic of the net, three times the forward pass's, at the speed of
the largest matrix product of this machine.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
from matrix_peak import peak
from smallest import parsed
from torch import nn
from torch.nn import functional as F

from cnnlab.core import templates
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import BatchDone
from cnnlab.engine.data.datasets import mnist
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.network import shapes
from cnnlab.engine.runs.recorder import Taker, record
from cnnlab.engine.training.run import Run

BATCH = 64
WARM_UP = 5
"""Batches that are not timed: the first ones allocate."""


def by_hand(data: Dataset, *, layout: bool, bf16: bool, early_pool: bool) -> float:
    """Seconds for the batches of ``data`` after the warm-up, in a loop as a tutorial has it; ``layout`` is channels_last and
    a fused optimiser, ``early_pool`` puts ReLU behind the pooling."""
    channels = (1, 32, 64, 128)
    maps: list[nn.Module] = []
    for before, filters in itertools.pairwise(channels):
        rest = [nn.MaxPool2d(2), nn.ReLU()] if early_pool else [nn.ReLU(), nn.MaxPool2d(2)]
        maps += [nn.Conv2d(before, filters, 3, padding=1), *rest]
    net = nn.Sequential(*maps, nn.Flatten(), nn.Linear(1152, 128), nn.ReLU(), nn.Linear(128, 10))
    if layout:
        net = net.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.001, fused=layout or None)
    began = 0.0
    for number, index in enumerate(torch.randperm(len(data.train)).split(BATCH)):
        if number == WARM_UP:
            began = time.perf_counter()
        pictures = (data.train.images[index].float() / 255 - 0.1307) / 0.3081
        labels = data.train.labels[index]
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = net(pictures).float()
        loss = F.cross_entropy(logits, labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        loss.item(), (logits.argmax(1) == labels).float().mean().item()  # what a person wants to see
    return time.perf_counter() - began


def starter(precision: str) -> Project:
    """The starter net with padding 1."""
    project = templates.BY_KEY["mnist"].build()
    for path in ("conv1", "conv2", "conv3"):
        project = changes.set_params(project, path, padding=1)
    return changes.set_training(
        project, optimiser="adam", learning_rate=0.001, batch_size=BATCH, epochs=1, device="cpu", precision=precision
    )


def in_the_app(data: Dataset, precision: str, recorded: bool = False) -> float:
    """The same in the app's loop, events drained and thrown away; ``recorded``: and all of it kept in a run folder."""
    began = 0.0
    project = starter(precision)
    with tempfile.TemporaryDirectory() as root, closing(Run(project, data)) as run, ExitStack() as kept:
        taker = kept.enter_context(record(run, Path(root)) if recorded else Taker())
        for event in run.events():
            taker.take(event)
            if isinstance(event, BatchDone):
                if event.step == WARM_UP:
                    began = time.perf_counter()
                ended = time.perf_counter()
    return ended - began


LOOPS: dict[str, Callable[[Dataset], float]] = {
    "by hand, plain": lambda data: by_hand(data, layout=False, bf16=False, early_pool=False),
    "by hand, channels_last, fused": lambda data: by_hand(data, layout=True, bf16=False, early_pool=False),
    "by hand, the same, pool before ReLU": lambda data: by_hand(data, layout=True, bf16=False, early_pool=True),
    "by hand, the same, bf16": lambda data: by_hand(data, layout=True, bf16=True, early_pool=True),
    "the app, float32": lambda data: in_the_app(data, "float32"),
    "the app, auto": lambda data: in_the_app(data, "auto"),
    "the app, auto, recorded": lambda data: in_the_app(data, "auto", recorded=True),
}
WINDOW = "the app, auto, behind the window"


def publishing(data: Dataset) -> float:
    """Seconds that a look at the weights takes."""
    with closing(Run(starter("float32"), data)) as run:
        next(event for event in run.events() if isinstance(event, BatchDone))
        began = time.perf_counter()
        for _round in range(50):
            run.weights()
        return (time.perf_counter() - began) / 50


def pictures(batches: int) -> Dataset:
    """The first of MNIST, nothing held out."""
    whole = mnist()
    count = BATCH * (WARM_UP + batches)
    nothing = PictureSet(whole.test.images[:0], whole.test.labels[:0])
    return replace(
        whole,
        train=PictureSet(whole.train.images[:count], whole.train.labels[:count]),
        validation=nothing,
        test=nothing,
    )


def work(name: str, batches: int) -> None:
    """One loop, once for each line that comes in; tells the seconds."""
    data = pictures(batches)
    LOOPS[name](pictures(1))
    answer(lambda: LOOPS[name](data))


def work_in_the_window(threads: int, batches: int) -> None:
    """The same behind the real window."""
    from live_window import shown

    project = changes.set_training(starter("auto"), threads=threads)
    project = replace(project, data=replace(project.data, validation=0))
    with shown(changes.set_training(project, max_steps=1)) as live:
        live.train()
        live.open(changes.set_training(project, max_steps=WARM_UP + batches))
        answer(lambda: live.train(WARM_UP)[1])


def answer(seconds: Callable[[], float]) -> None:
    """Say that all is ready, then the seconds of one more round for each line that comes in."""
    print("ready", flush=True)
    for _line in sys.stdin:
        print(seconds(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--loop", choices=[*LOOPS, WINDOW], help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="+", choices=list(LOOPS), default=list(LOOPS)[1:], help="beside the plain loop")
    asked = parsed(parser, threads=1, rounds=1, batches=2, only=["the app, auto, recorded"])
    if asked.loop == WINDOW:
        work_in_the_window(asked.threads, asked.batches)
        return
    torch.set_num_threads(asked.threads)
    if asked.loop:
        work(asked.loop, asked.batches)
        return
    names = [next(iter(LOOPS)), *asked.only, *([WINDOW] if asked.window else [])]
    times: dict[str, list[float]] = {name: [] for name in names}
    with ExitStack() as ending:
        workers = {}
        for name in names:
            command = [sys.executable, __file__, "--loop", name, "--threads", asked.threads, "--batches", asked.batches]
            worker = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            workers[name] = ending.enter_context(worker)
        for worker in workers.values():
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for _round in range(asked.rounds):
            for name, worker in workers.items():
                assert worker.stdin is not None
                assert worker.stdout is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
                times[name].append(float(worker.stdout.readline()))
    plain = times["by hand, plain"]
    macs = shapes.infer(starter("float32").graph).macs
    maximum = {kind: peak(kind) / (3 * macs) for kind in (torch.float32, torch.bfloat16)}
    print(f"{asked.threads} threads, {asked.rounds} alternating rounds of {asked.batches} batches of {BATCH}; medians")
    for name, taken in times.items():
        ratio = median(before / after for before, after in zip(plain, taken, strict=True))
        rate = asked.batches * BATCH / median(taken)
        floor = maximum[torch.bfloat16 if "bf16" in name or "auto" in name else torch.float32]
        print(
            f"{name:36} {rate:7,.0f} images/s   ratio {ratio:.2f}   {100 * rate / floor:3.0f} % of what the floor allows"
        )
    print(f"publishing the weights takes {1000 * publishing(pictures(1)):.2f} ms")


if __name__ == "__main__":
    main()
