"""Goes on with a run when it is told to, and says what came of it: one of several that try at the same moment."""

from __future__ import annotations

import sys
from pathlib import Path

import small_runs
import torch

from cnnlab.core.messages import Refusal
from cnnlab.engine.runs import resume


def main(root: Path) -> None:
    torch.set_num_threads(1)
    project, checkpoint = resume.prepare(root / small_runs.RUN_ID)
    run = small_runs.recorded(project, small_runs.dataset(), root, resumed=checkpoint)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        next(run)
    except Refusal as refused:
        print(refused.message, flush=True)
        return
    print("begun", flush=True)
    sys.stdin.readline()
    for _event in run:
        pass
    print("through", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
