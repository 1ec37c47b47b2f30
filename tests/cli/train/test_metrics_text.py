from __future__ import annotations

import json
from pathlib import Path

from cnnlab.cli.train import metrics_text
from cnnlab.core.project.project import Project
from cnnlab.core.runs.summary import RunState, RunSummary
from cnnlab.core.training.metrics import ClassFigures, Metrics


def one(f1: float | None, auc: float | None) -> ClassFigures:
    return ClassFigures(precision=0.5, recall=0.25, f1=f1, support=1200, auc=auc, roc=())


def test_only_the_figures_that_a_task_has_are_shown() -> None:
    classes = Metrics(
        count=4, loss=0.5, accuracy=0.75, top_k=((1, 0.75), (3, 1.0)), classes=(one(0.5, 1.0), one(None, 0.5))
    )
    assert metrics_text.lines(classes) == [
        "accuracy 75.00 %", "top-3 100.00 %", "macro F1 0.5000", "mean AUC 0.7500", "loss 0.5000",
    ]  # fmt: skip
    assert metrics_text.lines(Metrics(count=4, loss=2.0, error=6.5), "°") == [
        "mean absolute error 6.500°",
        "loss 2.0000",
    ]
    assert metrics_text.lines(Metrics(count=4, accuracy=0.25)) == ["accuracy 25.00 %", "loss NaN or infinite"]
    assert metrics_text.lines(Metrics()) == []


def test_tables_have_a_row_for_each_class() -> None:
    assert metrics_text.class_table([one(0.5, None)], ["cat"]).splitlines() == [
        "class  pictures  precision  recall      F1  AUC",
        "cat       1,200     0.5000  0.2500  0.5000    –",
    ]
    assert metrics_text.confusion_table([[10, 2], [0, 3]], ["cat", "dog"]).splitlines() == [
        "true / predicted  cat  dog",
        "cat                10    2",
        "dog                 0    3",
    ]


def test_everything_becomes_plain_json() -> None:
    run = RunSummary(id="a", folder=Path("x.runs") / "a", state=RunState.INTERRUPTED)
    told = json.loads(json.dumps(metrics_text.plain(run), allow_nan=False))
    assert told["state"] == "broken off"
    assert told["folder"] == str(Path("x.runs") / "a")
    assert told["best"]["loss"] is None
    assert told["training"]["epochs"] == Project().training.epochs
