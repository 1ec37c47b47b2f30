"""Trains small networks, each in a process of its own that is forked from here: torch is imported once, and a kill hits one
training only. Reads a line of JSON for each; says its process number, and when it has ended how."""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory

import small_runs
import torch

from cnnlab.engine.runs import recording, resume


def train(root: Path, schedule: str, seed: int, goes_on: bool, lacking: str) -> None:
    """A whole run, or the rest of one whose checkpoint lacks something."""
    # Checkpoints at every opportunity, so that kills hit them too.
    recording.CHECKPOINT_SHARE = recording.SHORT_SHARE = 0.2
    project, checkpoint = small_runs.project(schedule, seed=seed), None
    if goes_on:
        project, checkpoint = resume.prepare(root / small_runs.RUN_ID)
        checkpoint = small_runs.LACKING[lacking](checkpoint)
    for _event in small_runs.recorded(project, small_runs.dataset(), root, resumed=checkpoint):
        pass


def main() -> None:
    torch.set_num_threads(1)
    # What is imported at the first step is not to be imported in every child.
    with TemporaryDirectory() as folder:
        for _event in small_runs.recorded(small_runs.project(epochs=1), small_runs.dataset(20), Path(folder)):
            pass
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                train(Path(asked.pop("root")), **asked)
            except BaseException:  # noqa: BLE001  # the boundary of the child
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
