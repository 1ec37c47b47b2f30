"""Saves one checkpoint after another into the folder it is given, and says each step once it is safe."""

from __future__ import annotations

import importlib.util
import sys
from itertools import count
from pathlib import Path

from cnnlab.engine.runs import checkpoints

TESTS = Path(__file__).with_name("test_checkpoints.py")


def main(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("of_tests", TESTS)
    assert spec is not None
    assert spec.loader is not None
    tests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tests)
    for step in count(1):
        checkpoints.save(folder, tests.checkpoint(step, 200_000), 0, tests.BEAT)
        print(step, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
