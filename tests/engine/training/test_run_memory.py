from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from training_runs import small_mnist, tiny

from cnnlab.core import templates
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data import placement
from cnnlab.engine.network import shapes
from cnnlab.engine.training import run_memory
from cnnlab.engine.training.run import Run
from cnnlab.engine.training.run_memory import MemoryNeed, TooLarge
from cnnlab.engine.training.run_setup import TrainingError

GB = 10**9

CHILD = """
import sys
import torch
from cnnlab.core import templates
from cnnlab.core.data.sources import Target
from cnnlab.core.project import changes
from cnnlab.engine.data.picture_sets import Dataset, PictureSet
from cnnlab.engine.training.run import Run

torch.set_num_threads(1)

def status(name):
    # Not getrusage, whose peak a child takes over from its parent.
    [line] = [line for line in open("/proc/self/status") if line.startswith(name)]
    return int(line.split()[1]) * 1024

def growth(key, batch, held_out, precision):
    template = templates.BY_KEY[key]
    project = changes.set_training(template.build(), batch_size=batch, max_steps=2, precision=precision, device="cpu")
    names = project.classes

    def pictures(count):
        images = torch.randint(0, 255, (count, *template.shape), dtype=torch.uint8)
        return PictureSet(images, torch.randint(0, len(names), (count,)))

    dataset = Dataset("random", Target.CLASSES, names, pictures(2 * batch), pictures(held_out), pictures(0))
    before = status("VmRSS")
    open("/proc/self/clear_refs", "w").write("5")  # the peak starts afresh
    for event in Run(project, dataset).events():
        pass
    assert event.end == "completed", event.message
    return status("VmHWM") - before

key, batch, precision, held_out = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
growth("lenet5", 8, 20, precision)  # what torch takes once
print(growth(key, batch, held_out, precision))
"""


@pytest.mark.process
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells the peak in /proc")
@pytest.mark.parametrize(
    ("key", "batch", "precision", "held_out"),
    [
        ("mnist", 1500, "float32", 0),
        ("mnist", 1500, "bf16", 0),
        ("mnist", 64, "float32", 300),
        ("resnet20", 120, "float32", 0),
        ("squeezenet1_1", 12, "float32", 0),
        ("squeezenet1_1", 4, "float32", 60),
    ],
)
def test_the_prediction_is_near_what_a_run_takes(key: str, batch: int, precision: str, held_out: int) -> None:
    child = subprocess.run(
        [sys.executable, "-c", CHILD, key, str(batch), precision, str(held_out)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    graph = templates.BY_KEY[key].build().graph
    need = run_memory.predict(graph, shapes.infer(graph), TrainingSettings(), precision)
    if not held_out:
        need = replace(need, measuring=0)
    measured = int(child.stdout)
    # A run may take four fifths of what is free, which leaves room for what freed pieces of memory cost between others.
    assert 0.8 * measured < need.of(batch) < 1.7 * measured


def test_large_pictures_are_measured_few_at_a_time() -> None:
    counts = {}
    for key in ("mnist", "resnet18", "vgg16"):
        graph = templates.BY_KEY[key].build().graph
        facts = shapes.infer(graph)
        counts[key] = run_memory.measured_at_a_time(facts)
        assert run_memory.predict(graph, facts, TrainingSettings(), "float32").measuring <= 2**28 * 5 // 4
    # VGG's first layers read and make 64 maps of 224 × 224: 25.7 MB.
    assert counts == {"mnist": 250, "resnet18": 41, "vgg16": 2**28 // (2 * 64 * 224 * 224 * 4)}


def test_what_does_not_depend_on_the_batch_is_weights_gradients_and_the_optimisers_memory() -> None:
    graph = templates.BY_KEY["vgg16"].build().graph
    facts = shapes.infer(graph)
    weights = 4 * facts.parameters
    adam, plain = (
        run_memory.predict(graph, facts, TrainingSettings(optimiser=name, momentum=0.0), "float32").fixed
        for name in ("adam", "sgd")
    )
    assert adam - plain == 2 * weights
    assert plain == weights * (1 + 1 + 3)


def test_too_large_a_run_is_refused_with_the_number_and_a_batch_that_fits() -> None:
    need = MemoryNeed(fixed=GB // 2, per_picture=80 * 10**6)
    run_memory.check(need, 113, 12 * GB)
    with pytest.raises(TooLarge) as caught:
        run_memory.check(need, 256, 12 * GB)
    assert str(caught.value) == (
        "This run would need about 21 GB, and it may take 9.6 GB, four fifths of what is free. Nothing was started. "
        "Lower the batch size to 64 (about 5.6 GB)."
    )
    with pytest.raises(TooLarge, match="Even one picture at a time would be too much"):
        run_memory.check(MemoryNeed(10 * GB, 1), 256, 12 * GB)


def test_a_run_that_cannot_fit_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "free_bytes", lambda device: 5_000_000)
    asked = tiny(batch_size=4096)
    with pytest.raises(TrainingError, match=r"would need about .* Nothing was started. Lower the batch size to"):
        Run(asked, small_mnist())
    Run(replace(asked, training=replace(asked.training, batch_size=8)), small_mnist()).close()
