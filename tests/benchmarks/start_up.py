"""Process start to the first picture of the starter net, in seconds, several times: ``python tests/benchmarks/start_up.py``.

The first start of a machine reads everything from the disk; the target is for the second on.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from smallest import parsed

CHILD = """
import os, sys, time
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
import cnnlab.app
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from cnnlab.gui.editor import network_painting

began = float(sys.argv[1])
paint = network_painting.paint
state = {}

def first_paint(*arguments):
    paint(*arguments)
    if "painted" not in state:
        state["painted"] = time.time() - began
        state["torch"] = "torch" in sys.modules
        QTimer.singleShot(0, QApplication.exit)

network_painting.paint = first_paint
sys.argv = sys.argv[:1]
cnnlab.app.MainWindow.start = lambda self: None
cnnlab.app.run()
print(state["painted"], state["torch"])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=7, help="two at least")
    asked = parsed(parser, starts=2)
    times = []
    for _start in range(asked.starts):
        command = [sys.executable, "-c", CHILD, repr(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        seconds, torch_loaded = done.stdout.split()
        assert torch_loaded == "False", "torch was imported before the first paint"
        times.append(float(seconds))
    print(
        f"first start {times[0]:.2f} s; then median {statistics.median(times[1:]):.2f} s, largest {max(times[1:]):.2f} s"
    )


if __name__ == "__main__":
    main()
