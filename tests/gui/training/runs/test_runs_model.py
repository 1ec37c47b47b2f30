"""What the table of runs shows of them, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from other_values import other
from PySide6.QtCore import Qt

from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS, Augmentation
from cnnlab.core.project.project import DataSettings
from cnnlab.core.runs.summary import Figures, RunSummary
from cnnlab.core.training.settings import TRAINING_PARAMS, TrainingSettings
from cnnlab.gui.training.runs.runs_model import RunsModel

Summaries = Callable[[int], list[RunSummary]]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_thousand_runs_are_sorted_by_any_column_and_what_is_not_known_comes_last(summaries: Summaries) -> None:
    model = RunsModel()
    runs = summaries(1000)
    model.show_runs(runs)
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert titles[-1] == "Learning rate", "settings that differ have columns"
    column = titles.index("Validation")
    for order, sign in ((Qt.SortOrder.AscendingOrder, 1), (Qt.SortOrder.DescendingOrder, -1)):
        model.sort(column, order)
        shown = [sign * model.run_at(row).best.accuracy for row in range(800)]
        assert shown == sorted(shown)
        assert all(model.index(row, column).data() == "–" for row in range(800, 1000))
    model.sort(0, Qt.SortOrder.AscendingOrder)
    assert model.run_at(0).id == "r999"


def test_what_training_pictures_judged_is_not_shown_as_validation(summaries: Summaries) -> None:
    model = RunsModel()
    run = summaries(2)[1]
    for judged, text in ((run, ["1.0000", "36.6 %"]), (replace(run, validation=Figures()), ["–", "–"])):
        model.show_runs([judged])
        assert [model.index(0, column).data() for column in (3, 4)] == text


def test_a_setting_is_shown_in_the_words_of_the_form(summaries: Summaries) -> None:
    model = RunsModel()
    first, second = summaries(2)
    model.show_runs(
        [first, replace(second, training=TrainingSettings(loss="binary_cross_entropy", learning_rate=0.001))]
    )
    column = [model.headerData(each, Qt.Orientation.Horizontal) for each in range(model.columnCount())].index(
        "Loss function"
    )
    assert {model.index(row, column).data() for row in range(2)} == {"Cross-entropy", "Binary cross-entropy"}


def test_every_column_is_called_otherwise_whatever_differs(summaries: Summaries) -> None:
    first, second = summaries(2)
    training = TrainingSettings(**{param.name: other(param, param.default) for param in TRAINING_PARAMS})
    augmentation = Augmentation(**{param.name: other(param, param.default) for param in AUGMENTATION_PARAMS})
    data = DataSettings(source="mnist_seven", validation=7)
    model = RunsModel()
    model.show_runs([first, replace(second, training=training, augmentation=augmentation, data=data)])
    titles = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert len(set(titles)) == len(titles)
    assert {"Data", "Held out", "Loss function", "Rotation, degrees"} <= set(titles)
    for column, title in enumerate(titles):
        texts = {model.index(row, column).data() for row in range(2)}
        assert len(texts) == 2 or title in ("State", "Epochs", "Validation loss", "Test", "Time"), title


def test_a_run_that_the_most_steps_cut_short_is_told_in_steps(summaries: Summaries) -> None:
    whole, cut = summaries(2)
    whole = replace(whole, epoch=1, epochs=2, batches=860, step=860, steps=1720)
    cut = replace(cut, epoch=1, epochs=2, batches=860, from_step=1000, step=1040, steps=1040)
    model = RunsModel()
    model.show_runs((whole, cut))
    shown = {model.run_at(row).id: model.index(row, 2).data() for row in range(2)}
    assert shown == {whole.id: "1 / 2", cut.id: "40 of 1,720 steps"}


def test_rows_keep_their_places_while_figures_change(summaries: Summaries) -> None:
    model = RunsModel()
    runs = summaries(6)
    model.show_runs(runs)
    model.sort(4, Qt.SortOrder.DescendingOrder)
    before = [model.run_at(row).id for row in range(6)]
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    model.show_runs([replace(run, best=Figures(accuracy=0.5)) for run in reversed(runs)])
    assert [model.run_at(row).id for row in range(6)] == before
    assert resets == []
    assert model.index(0, 4).data() == "50.0 %"
