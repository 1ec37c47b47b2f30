"""How far does a recipe come, and in how many seconds? Accuracy on the test pictures and training time for each seed.

    python tests/benchmarks/recipes.py RECIPE [--seeds 0 1 2 3 4] [--threads N] [--folder FOLDER] [--curve]

The seconds are those from the first event of a run to the end of its last epoch, validation included; what a fresh process
does once (imports, reading the data) comes before. The floor is the recipe's arithmetic at the speed of the largest matrix
product of this machine: three times the multiply–accumulates of the forward pass, for forward and backward together.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from statistics import mean

import torch
from matrix_peak import peak

from cnnlab.core import changes, templates
from cnnlab.core.events import EpochDone, RunEnded, RunStarted
from cnnlab.core.project import Project
from cnnlab.engine.data import datasets
from cnnlab.engine.data.picture_sets import Dataset
from cnnlab.engine.training.loop import train


def trained(project: Project, dataset: Dataset, threads: int, curve: bool) -> tuple[float, float, str]:
    """Test accuracy, seconds of training, and the precision."""
    began = took = 0.0
    precision = ""
    for event in train(project, dataset, threads=(threads,)):
        if isinstance(event, RunStarted):
            began, precision = time.perf_counter(), event.precision
        elif isinstance(event, EpochDone):
            took = time.perf_counter() - began
            if curve:
                figures = f"loss {event.loss:.4f}, validation {100 * event.validation_accuracy:.2f} %"
                print(f"  epoch {event.epoch}: {figures}, {took:.0f} s", flush=True)
    assert isinstance(event, RunEnded)
    assert event.test_accuracy is not None, event.message
    return event.test_accuracy, took, precision


def main() -> None:
    recipes = [template.key for template in templates.TEMPLATES if template.group is templates.Group.RECIPE]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", choices=recipes)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(5)))
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--folder", default="", help="where the pictures are, of a set that does not come with the app")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--curve", action="store_true", help="print a line for each epoch")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    template = templates.BY_KEY[asked.recipe]
    project = template.build()
    project = replace(project, data=replace(project.data, folder=asked.folder))
    project = changes.set_training(project, device="cpu", precision=asked.precision)
    dataset = datasets.of(project)
    warm_up = changes.set_training(project, most_steps=3)
    trained(
        warm_up,
        replace(dataset, test=dataset.validation if len(dataset.validation) else dataset.test),
        asked.threads,
        False,
    )
    accuracies, seconds = [], []
    for seed in asked.seeds:
        accuracy, took, precision = trained(
            changes.set_training(project, seed=seed), dataset, asked.threads, asked.curve
        )
        accuracies.append(accuracy)
        seconds.append(took)
        print(f"seed {seed}: {100 * accuracy:.2f} %, {took:.2f} s of training in {precision}", flush=True)
    settings = project.training
    batches = -(-len(dataset.train) // settings.batch_size)
    pictures = min(
        len(dataset.train) * settings.epochs, (settings.most_steps or batches * settings.epochs) * settings.batch_size
    )
    floor = 3 * template.macs * pictures / peak(torch.bfloat16 if precision == "bf16" else torch.float32)
    print(
        f"{asked.recipe}, {asked.threads} threads: mean {100 * mean(accuracies):.3f} %, {mean(seconds):.2f} s; "
        f"floor {floor:.2f} s ({100 * floor / mean(seconds):.0f} %)"
    )


if __name__ == "__main__":
    main()
