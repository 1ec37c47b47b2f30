"""Every benchmark runs, at its smallest size, and prints its figures with their units."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import environment

FOLDER = Path(__file__).with_name("benchmarks")
MODULES = {"live_window", "matrix_peak", "smallest"}
"""What several of them use."""

FIGURES = {
    "canvas": (r"mnist: \d+ layers", r"pan at 100 % +median +\d+\.\d", r"drag a card, each movement +median"),
    "curves": (r"2,000 points alone: median \d+\.\d\d ms", r"one batch more: \d+\.\d\d µs"),
    "event_loop_stalls": (r"gaps of a 5 ms timer", r"median \d+\.\d ms", r"images/s"),
    "recipes": (
        r"epoch 1: loss \d\.\d+, validation –, \d+ s",
        r"seed 0: \d+\.\d\d %, \d+\.\d\d s",
        r"mean of 1 with 1 threads",
        r"floor \d+\.\d\d s",
    ),
    "shape_inference": (r"starter net, 15 nodes, .*: median \d+\.\d ms",),
    "start_up": (r"first start \d+\.\d\d s; then median \d+\.\d\d s",),
    "stop_latency": (r"said: median \d+ ms", r"ended: median \d+ ms"),
    "stroke_latency": (
        r"conv3: median \d+\.\d ms, p95 \d+\.\d ms",
        r"conv3 beside a report: median \d+\.\d ms, .*, \d+\.\d\d times the median",
    ),
    "training_speed": (
        r"by hand, plain .* images/s +ratio 1\.00",
        r"the app, auto, recorded .* ratio \d",
        r"publishing .* ms",
    ),
}
MORE = {"recipes": ("mnist-seconds", "--threads", "1", "--curve")}


def benchmark(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """One of the scripts, run as a person would run it, on a screen that nobody sees."""
    return subprocess.run(
        [sys.executable, FOLDER / f"{name}.py", *arguments],
        env={**environment(folder), "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_every_benchmark_is_run() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - MODULES == FIGURES.keys()


WITHOUT_WINDOW = ("recipes", "shape_inference", "training_speed")


@pytest.mark.process
@pytest.mark.parametrize(
    "name", [name if name in WITHOUT_WINDOW else pytest.param(name, marks=pytest.mark.window) for name in FIGURES]
)
def test_it_prints_its_figures(name: str, tmp_path: Path) -> None:
    done = benchmark(tmp_path, name, *MORE.get(name, ()), "--smallest")
    assert done.returncode == 0, done.stderr
    for pattern in FIGURES[name]:
        assert re.search(pattern, done.stdout), done.stdout


@pytest.mark.process
@pytest.mark.window
def test_the_canvas_refuses_a_network_that_is_none_with_those_that_are(tmp_path: Path) -> None:
    done = benchmark(tmp_path, "canvas", "resnet153", "--smallest")
    assert done.returncode == 2
    assert "there is no network “resnet153”" in done.stderr
    for known in ("mnist", "resnet152", "efficientnet_b0"):
        assert known in done.stderr


@pytest.mark.process
@pytest.mark.window
def test_the_canvas_takes_a_network_of_torchvisions(tmp_path: Path) -> None:
    done = benchmark(tmp_path, "canvas", "squeezenet1_1", "--steps", "2", "--again", "1", "--pause", "0.05")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("squeezenet1_1: ")
