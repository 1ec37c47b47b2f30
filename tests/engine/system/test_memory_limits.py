"""What a container, a batch job or ``ulimit`` leaves of the memory."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnlab.engine.system.memory import allowed


def group(folder: Path, files: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(f"{content}\n")


def second(folder: Path, limit: object, used: int, cache: int = 0) -> None:
    stat = f"anon 5\ninactive_file {cache}\nactive_file 7"
    group(folder, {"memory.max": limit, "memory.current": used, "memory.stat": stat})


def left(tmp_path: Path, *lines: str) -> int | None:
    (tmp_path / "groups").write_text("".join(f"{line}\n" for line in lines))
    return allowed(tmp_path / "groups", tmp_path / "tree")


def test_the_limit_of_the_own_group_less_what_is_used(tmp_path: Path) -> None:
    second(tmp_path / "tree/job/step", 1000, 300)
    assert left(tmp_path, "0::/job/step") == 700


def test_files_that_were_read_do_not_count_as_used(tmp_path: Path) -> None:
    second(tmp_path / "tree/job", 1000, 900, cache=600)
    assert left(tmp_path, "0::/job") == 700


def test_the_limits_of_all_groups_above_hold(tmp_path: Path) -> None:
    second(tmp_path / "tree/job/step", "max", 300)
    second(tmp_path / "tree/job", 2000, 1500)
    assert left(tmp_path, "0::/job/step") == 500
    second(tmp_path / "tree", 1600, 1500)
    assert left(tmp_path, "0::/job/step") == 100


def test_in_a_container_the_group_is_the_top(tmp_path: Path) -> None:
    second(tmp_path / "tree", 1000, 1)
    assert left(tmp_path, "0::/") == 999
    assert left(tmp_path, "0::/as/the/host/calls/it") == 999


def test_the_first_version_has_a_tree_for_memory(tmp_path: Path) -> None:
    group(
        tmp_path / "tree/memory/job",
        {"memory.limit_in_bytes": 800, "memory.usage_in_bytes": 500, "memory.stat": "total_inactive_file 50"},
    )
    assert left(tmp_path, "11:cpu,cpuacct:/other", "4:memory:/job", "0::/") == 350


def test_more_than_allowed_leaves_nothing(tmp_path: Path) -> None:
    second(tmp_path / "tree/job", 1000, 1200)
    assert left(tmp_path, "0::/job") == 0


@pytest.mark.parametrize("lines", [(), ("0::/job",), ("4:cpu:/job",)])
def test_without_a_limit_there_is_none(tmp_path: Path, lines: tuple[str, ...]) -> None:
    second(tmp_path / "tree/job", "max", 5)
    assert left(tmp_path, *lines) is None


_LIMITED = """
import resource
from pathlib import Path
from cnnlab.core import templates
from cnnlab.core.project import changes

from cnnlab.engine.training import run_setup
from training_runs import small_mnist

project = changes.set_training(templates.BY_KEY["mnist"].build(), batch_size=60_000, device="cpu", precision="float32")
pictures = small_mnist()
mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (mapped + 2 * 10**9, resource.RLIM_INFINITY))
try:
    run_setup.set_up(project, pictures, "cpu")
except run_setup.TrainingError as error:
    print(error)
"""


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to it")
def test_under_ulimit_a_run_that_would_not_fit_is_refused_with_the_number() -> None:
    tests = Path(__file__).parents[2]
    script = f"import sys; sys.path.insert(0, {str(tests)!r})\n{_LIMITED}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tests.parent, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found = re.search(r"need about .* GB, and it may take (.*), four fifths .* Nothing was started", done.stdout)
    assert found
    size, unit = found[1].split()
    assert float(size) * {"MB": 1, "GB": 1000}[unit] <= 1600
