"""A process that is killed while it saves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def kill_while_saving(child: Path, target: Path, wait: float) -> int:
    """Run the script ``child`` on ``target``, kill it ``wait`` seconds after its first line, and return the last number that
    it said: one a line, each after a save."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, str(child), str(target)], stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    return int(said.split(b"\n")[-2])
