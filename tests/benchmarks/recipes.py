"""How far does a recipe come, and in how many seconds? Accuracy on the test pictures and training time for each seed.

    python tests/benchmarks/recipes.py RECIPE [--seeds 0 1 2 3 4] [--threads N] [--folder FOLDER] [--curve] [--window | --by-hand]

The seconds are those from the first event of a run to the end of its last epoch, validation included; what a fresh process
does once (imports, reading the data) comes before. With ``--window`` the real window trains, its curves and maps live, and
the seconds end with the last step that it has shown. With ``--by-hand`` a loop without the app does: the quickest way to 99 %
of MNIST that was found so, whatever the recipe. The floor is the recipe's arithmetic at the speed of the largest matrix
product of this machine: three times the multiply–accumulates of the forward pass, for forward and backward together.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean

import torch
from live_window import LiveWindow, shown
from matrix_peak import peak
from smallest import parsed
from torch import nn
from torch.nn import functional as F

from cnnlab.core import templates
from cnnlab.core.numerals import loss_figure, percent
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.core.runs.events import EpochDone, RunEnded, RunStarted
from cnnlab.engine.data import datasets
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training.run import Run


@dataclass(frozen=True)
class Trained:
    """What one run came to."""

    accuracy: float
    """On the test pictures."""
    seconds: float
    precision: str


def headless(project: Project, dataset: Dataset, curve: bool) -> Trained:
    """Train without a window; with ``curve`` a line for each epoch."""
    began = took = 0.0
    precision = ""
    for event in Run(project, dataset).events():
        if isinstance(event, RunStarted):
            began, precision = time.perf_counter(), event.precision
        elif isinstance(event, EpochDone):
            took = time.perf_counter() - began
            if curve:
                figures = f"loss {loss_figure(event.loss)}, validation {percent(event.validation_accuracy, 2)}"
                print(f"  epoch {event.epoch}: {figures}, {took:.0f} s", flush=True)
    assert isinstance(event, RunEnded)
    assert event.test_accuracy is not None, event.message
    return Trained(event.test_accuracy, took, precision)


def by_hand(project: Project, dataset: Dataset) -> Trained:
    """A loop as an expert would write it for this one task, with nothing but the seed taken from ``project``: channels_last,
    bf16, fused Adam, one cycle, label smoothing, 0.6 of an epoch in batches of 256, pictures normalised before."""
    torch.manual_seed(project.training.seed)
    net = nn.Sequential(
        nn.Conv2d(1, 24, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(24, 32, 3), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(800, 256), nn.ReLU(), nn.Linear(256, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    pictures, digits = [
        ((part.read(list(range(len(part)))).float() / 255 - 0.1307) / 0.3081).to(memory_format=torch.channels_last)
        for part in (dataset.train, dataset.test)
    ]
    steps = round(0.6 * len(pictures) / 256)
    optimiser = torch.optim.Adam(net.parameters(), betas=(0.7, 0.9), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.01, total_steps=steps, cycle_momentum=False)
    began = time.perf_counter()
    for index in torch.randperm(len(pictures)).split(256)[:steps]:
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(pictures[index])
        loss = F.cross_entropy(logits.float(), dataset.train.labels[index], label_smoothing=0.1)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    took = time.perf_counter() - began
    with torch.no_grad():
        right = (net(digits).argmax(1) == dataset.test.labels).float().mean()
    return Trained(right.item(), took, "bf16")


def in_the_window(project: Project, live: LiveWindow) -> Trained:
    """Train behind the window."""
    live.open(project)
    started, took, ended = live.train()
    assert ended.test_accuracy is not None, ended.message
    return Trained(ended.test_accuracy, took, started.precision)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=list(templates.BY_KEY), help="a key of the gallery")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--folder", default="", help="where the pictures are, of a set that does not come with the app")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--curve", action="store_true", help="print a line for each epoch")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--window", action="store_true", help="behind the real window")
    how.add_argument("--by-hand", action="store_true", help="a loop without the app")
    parser.add_argument("--max-steps", type=int, default=0, help="of each run, if not the recipe's")
    asked = parsed(parser, seeds=[0], max_steps=3)
    template = templates.BY_KEY[asked.recipe]
    project = template.build()
    project = replace(project, data=replace(project.data, folder=asked.folder))
    project = changes.set_training(project, device="cpu", precision=asked.precision, threads=asked.threads)
    if asked.max_steps:
        project = changes.set_training(project, max_steps=asked.max_steps)
    runs = []
    with shown(project) if asked.window else nullcontext() as live:
        if live:
            trained = partial(in_the_window, live=live)
        else:
            torch.set_num_threads(asked.threads)  # not of a window's thread, which has no part in the arithmetic
            how_to = by_hand if asked.by_hand else partial(headless, curve=asked.curve)
            trained = partial(how_to, dataset=datasets.of(project))
        trained(changes.set_training(project, max_steps=3))  # what a process does once
        for seed in asked.seeds:
            run = trained(changes.set_training(project, seed=seed))
            runs.append(run)
            print(f"seed {seed}: {100 * run.accuracy:.2f} %, {run.seconds:.2f} s in {run.precision}", flush=True)
    accuracy, seconds = mean(run.accuracy for run in runs), mean(run.seconds for run in runs)
    print(f"mean of {len(runs)} with {asked.threads} threads: {100 * accuracy:.3f} %, {seconds:.2f} s")
    if not asked.by_hand:
        torch.set_num_threads(asked.threads)
        settings, dataset = project.training, datasets.of(project)
        batches = -(-len(dataset.train) // settings.batch_size)
        steps = settings.max_steps or batches * settings.epochs
        pictures = min(len(dataset.train) * settings.epochs, steps * settings.batch_size)
        maximum = peak(torch.bfloat16 if runs[0].precision == "bf16" else torch.float32)
        floor = 3 * template.macs * pictures / maximum
        print(f"floor {floor:.2f} s ({100 * floor / seconds:.0f} %)")


if __name__ == "__main__":
    main()
