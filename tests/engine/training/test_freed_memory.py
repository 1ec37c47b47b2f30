from __future__ import annotations

import subprocess
import sys

import pytest

from cnnlab.engine.training import run_memory

CHILD = """
import resource, sys, threading
import torch
from cnnlab.engine.training import run_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _round in range(20):
        first = torch.ones(2_000_000)
        second = torch.ones(3_000_000)
        del first, second
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def work():
    if sys.argv[1] == "kept":
        assert run_memory.keep_freed()
        faults()
    print(faults())

torch.set_num_threads(1)
thread = threading.Thread(target=work)  # as in the window
thread.start()
thread.join()
"""


def faults(mode: str) -> int:
    """Pages that the system had to give anew."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, mode], stdout=subprocess.PIPE, text=True, check=True, timeout=120
    )
    return int(child.stdout)


@pytest.mark.process
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no glibc elsewhere")
def test_what_was_freed_is_used_again_instead_of_new_pages() -> None:
    assert faults("kept") < faults("left alone") / 5


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not run_memory.keep_freed.__wrapped__()
