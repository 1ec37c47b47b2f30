"""Where runs lie, and what the folder of one holds.

::

    digits.runs/                    beside digits.cnnlab
      1f0c9a2be771/                 one run, called by its id
        run.json                    what it was started with: settings, data, versions, seed, device
        project.json                graph, layout and settings, as a project file has them
        heartbeat.json              who writes, how far it is and how good; replaced every second
        events.jsonl                what happened, one object a line, only ever added to
        checkpoints/<step>.safetensors    the last two; each holds all that the run needs to go on bit by bit
        best.safetensors            weights with the lowest validation loss
        last.safetensors            weights at the end
        snapshots/<step>.safetensors      weights along the way, many early and few later
        probes.safetensors          a few pictures with labels, always the same ones, to show to those weights
        lock                        held by the process that writes the run
        launch.txt                  under torchrun: its processes, to find the run again after a restart
        tensorboard/                files for TensorBoard, where they were asked for
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import platformdirs

RUN = "run.json"
PROJECT = "project.json"
HEARTBEAT = "heartbeat.json"
EVENTS = "events.jsonl"
CHECKPOINTS = "checkpoints"
BEST = "best.safetensors"
LAST = "last.safetensors"
SNAPSHOTS = "snapshots"
PROBES = "probes.safetensors"
LOCK = "lock"

SUFFIX = ".runs"
ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""The pattern of a run's id, as in a project file, which keeps summaries of runs."""


def root(project_path: Path | None) -> Path:
    """The folder of all runs of a project: ``digits.runs`` beside ``digits.cnnlab``, so that the two are seen, copied and
    deleted together. It lies in the app's data folder while the project is not saved, and where nothing can be written beside
    it. Nothing is made."""
    if project_path is not None:
        beside = Path(os.path.realpath(project_path)).with_suffix(SUFFIX)
        if beside.is_dir() or os.access(beside.parent, os.W_OK):
            return beside
    return platformdirs.user_data_path("cnnlab", appauthor=False) / "runs"


def step_name(step: int) -> str:
    """The name of a file with the weights of ``step``; sorted by name they are sorted by step."""
    return f"{step:010d}.safetensors"
