"""How far does a recipe come, and in how many seconds? Accuracy on the test pictures and training time for each seed.

    python tests/benchmarks/recipes.py RECIPE [--seeds 0 1 2 3 4] [--threads N] [--folder FOLDER] [--curve] [--window]

The seconds are those from the first event of a run to the end of its last epoch, validation included; what a fresh process
does once (imports, reading the data) comes before. With ``--window`` the real window trains, its curves and maps live, and
the seconds end with the last step that it has shown. The floor is the recipe's arithmetic at the speed of the largest matrix
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

from cnnlab.core import changes, templates
from cnnlab.core.events import EpochDone, RunEnded, RunStarted
from cnnlab.core.project import Project
from cnnlab.engine.data import datasets
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training.loop import train


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
    for event in train(project, dataset):
        if isinstance(event, RunStarted):
            began, precision = time.perf_counter(), event.precision
        elif isinstance(event, EpochDone):
            took = time.perf_counter() - began
            if curve:
                figures = f"loss {event.loss:.4f}, validation {100 * event.validation_accuracy:.2f} %"
                print(f"  epoch {event.epoch}: {figures}, {took:.0f} s", flush=True)
    assert isinstance(event, RunEnded)
    assert event.test_accuracy is not None, event.message
    return Trained(event.test_accuracy, took, precision)


def in_the_window(project: Project, live: LiveWindow) -> Trained:
    """Train behind the window."""
    live.open(project)
    started, took, ended = live.train()
    assert ended.test_accuracy is not None, ended.message
    return Trained(ended.test_accuracy, took, started.precision)


def main() -> None:
    recipes = [template.key for template in templates.TEMPLATES if template.group is templates.Group.RECIPE]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", choices=recipes)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--folder", default="", help="where the pictures are, of a set that does not come with the app")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--curve", action="store_true", help="print a line for each epoch")
    parser.add_argument("--window", action="store_true", help="behind the real window")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    template = templates.BY_KEY[asked.recipe]
    project = template.build()
    project = replace(project, data=replace(project.data, folder=asked.folder))
    project = changes.set_training(project, device="cpu", precision=asked.precision, threads=asked.threads)
    dataset = datasets.of(project)
    runs = []
    with shown(project) if asked.window else nullcontext() as live:
        trained = partial(in_the_window, live=live) if live else partial(headless, dataset=dataset, curve=asked.curve)
        trained(changes.set_training(project, most_steps=3))  # what a process does once
        for seed in asked.seeds:
            run = trained(changes.set_training(project, seed=seed))
            runs.append(run)
            print(f"seed {seed}: {100 * run.accuracy:.2f} %, {run.seconds:.2f} s in {run.precision}", flush=True)
    settings = project.training
    batches = -(-len(dataset.train) // settings.batch_size)
    pictures = min(
        len(dataset.train) * settings.epochs, (settings.most_steps or batches * settings.epochs) * settings.batch_size
    )
    floor = 3 * template.macs * pictures / peak(torch.bfloat16 if runs[0].precision == "bf16" else torch.float32)
    accuracy, seconds = mean(run.accuracy for run in runs), mean(run.seconds for run in runs)
    print(
        f"{asked.recipe}, {asked.threads} threads: mean {100 * accuracy:.3f} %, {seconds:.2f} s; "
        f"floor {floor:.2f} s ({100 * floor / seconds:.0f} %)"
    )


if __name__ == "__main__":
    main()
