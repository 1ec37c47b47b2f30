"""Figures against formulas written out by hand, and against torchmetrics."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torchmetrics.functional import classification as theirs

from cnnlab.core.data.sources import Target
from cnnlab.core.training.metrics import Metrics
from cnnlab.engine.training import metrics


def complete(brief: Metrics, outputs: torch.Tensor, labels: torch.Tensor, target: Target) -> Metrics:
    """Without a pause."""
    completed: list[Metrics] = []

    def completing() -> Iterator[int]:
        completed.append((yield from metrics.complete(brief, outputs, labels, target)))

    assert set(completing()) <= {len(labels)}
    return completed[0]


def drawn(count: int, classes: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(count, classes, generator=generator),
        torch.randint(0, classes, (count,), generator=generator),
    )


def rank_auc(scores: np.ndarray, is_one: np.ndarray) -> float:
    """How often a picture of the class scores above one of another class; a tie counts half (Mann and Whitney)."""
    ones, others = scores[is_one], scores[~is_one]
    above = (ones[:, None] > others[None]).sum() + 0.5 * (ones[:, None] == others[None]).sum()
    return float(above / (len(ones) * len(others)))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 60), st.integers(2, 7), st.integers(0, 10**6))
def test_figures_of_classes_are_those_of_the_formulas(count: int, classes: int, seed: int) -> None:
    outputs, labels = drawn(count, classes, seed)
    made = complete(Metrics(count=count), outputs, labels, Target.CLASSES)
    said, true = outputs.argmax(1).numpy(), labels.numpy()
    shares = torch.softmax(outputs.double(), 1).numpy()
    for number, figures in enumerate(made.classes):
        called, are = said == number, true == number
        found = int((called & are).sum())
        precision = found / called.sum() if called.any() else None
        recall = found / are.sum() if are.any() else None
        f1 = 2 * found / (called.sum() + are.sum()) if called.any() or are.any() else None
        auc = rank_auc(shares[:, number], are) if 0 < are.sum() < count else None
        expected = (precision, recall, f1, are.sum(), auc)
        measured = (figures.precision, figures.recall, figures.f1, figures.support, figures.auc)
        for one, other in zip(measured, expected, strict=True):
            assert one is None if other is None else one == pytest.approx(other, rel=1e-6, abs=1e-6)
    assert made.confusion == tuple(
        tuple(int(((true == row) & (said == column)).sum()) for column in range(classes)) for row in range(classes)
    )


@st.composite
def answers_with_ties(draw: st.DrawFn) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs ``(N, classes)`` in few steps, and labels ``(N,)``: often some of the classes have no pictures, or one has all."""
    classes = draw(st.integers(2, 9) | st.just(metrics._MAX_CLASSES))
    shown = draw(st.lists(st.integers(0, classes - 1), min_size=1, max_size=4, unique=True))
    labels = draw(st.lists(st.sampled_from(shown), min_size=1, max_size=60))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 10**6)))
    outputs = torch.randint(-2, draw(st.integers(-1, 3)), (len(labels), classes), generator=generator)
    return outputs / draw(st.sampled_from([1.0, 3.0, 0.01])), torch.tensor(labels)


def expected(part: int, whole: int) -> float | None:
    return None if whole == 0 else part / whole


@settings(max_examples=60, deadline=None)
@given(answers_with_ties())
def test_figures_of_classes_are_those_of_torchmetrics(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    outputs, labels = answers
    count, classes = outputs.shape
    made = complete(Metrics(count=count), outputs, labels, Target.CLASSES)
    said, shares = outputs.argmax(1), torch.softmax(outputs.double(), 1)
    assert made.confusion == tuple(map(tuple, theirs.multiclass_confusion_matrix(said, labels, classes).tolist()))
    scores = theirs.multiclass_stat_scores(said, labels, classes, average=None).tolist()
    for number, (figures, (found, false, _others, missed, support)) in enumerate(
        zip(made.classes, scores, strict=True)
    ):
        assert figures.support == support
        assert figures.precision == expected(found, found + false)
        assert figures.recall == expected(found, found + missed)
        assert figures.f1 == expected(2 * found, 2 * found + false + missed)
        are = (labels == number).long()
        if not 0 < support < count:
            assert (figures.auc, figures.roc) == (None, ())
            continue
        assert figures.auc == pytest.approx(theirs.binary_auroc(shares[:, number], are).item(), abs=1e-6)
        false_rates, true_rates, _thresholds = theirs.binary_roc(shares[:, number], are)
        whole = list(zip(false_rates.tolist(), true_rates.tolist(), strict=True))
        kept = [whole[np.abs(np.array(whole) - point).sum(1).argmin()] for point in figures.roc]
        assert figures.roc == tuple(pytest.approx(point, abs=1e-6) for point in kept)
        assert kept == (whole if classes < 10 else sorted(set(kept)))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 10**6))
def test_yes_or_no_is_that_of_torchmetrics(ones: int, others: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randint(-3, 4, (ones + others, 1), generator=generator) / 2
    labels = torch.tensor([1] * ones + [0] * others)
    made = complete(Metrics(count=ones + others), logits, labels, Target.BINARY)
    said = (logits[:, 0] > 0).long()
    assert made.confusion == tuple(map(tuple, theirs.binary_confusion_matrix(said, labels).tolist()))
    found, false, _others, missed, support = theirs.binary_stat_scores(said, labels).tolist()
    yes = made.classes[1]
    assert (yes.precision, yes.recall, yes.support) == (expected(found, found + false), found / support, support)
    assert yes.f1 == expected(2 * found, 2 * found + false + missed)
    area = theirs.binary_auroc(torch.sigmoid(logits[:, 0].double()), labels).item()
    assert [one.auc for one in made.classes] == pytest.approx([area, area], abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(answers_with_ties())
def test_no_figure_leaves_the_range_from_nothing_to_all(answers: tuple[torch.Tensor, torch.Tensor]) -> None:
    made = complete(Metrics(), *answers, Target.CLASSES)
    for one in made.classes:
        assert all(0 <= figure <= 1 for figure in (one.precision, one.recall, one.f1, one.auc) if figure is not None)
        assert all(0 <= rate <= 1 for point in one.roc for rate in point)
    assert all(0 <= share <= 1 for _k, share in made.top_k)


@given(st.integers(1, 400), st.integers(1, 400))
@example(72, 145)  # 1.0000001 in float32
def test_the_area_is_one_for_answers_that_tell_all_apart(ones: int, others: int) -> None:
    logits = torch.linspace(-9, 9, ones + others).view(-1, 1)
    labels = torch.tensor([0] * others + [1] * ones)
    for order, area in ((labels, 1.0), (1 - labels, 0.0)):
        made = complete(Metrics(), logits, order, Target.BINARY)
        assert [figures.auc for figures in made.classes] == [area, area]


def test_top_k_counts_the_pictures_whose_class_is_among_the_k_likeliest() -> None:
    outputs, labels = drawn(200, 12, 3)
    ranks = (outputs.argsort(1, descending=True) == labels[:, None]).int().argmax(1).numpy()
    made = complete(Metrics(count=200), outputs, labels, Target.CLASSES)
    assert [k for k, _share in made.top_k] == [1, 5]
    assert [share for _k, share in made.top_k] == pytest.approx([(ranks < k).mean() for k in (1, 5)])
    few = complete(Metrics(count=200), outputs[:, :5], labels % 5, Target.CLASSES)
    assert [k for k, _share in few.top_k] == [1]


def test_yes_or_no_is_two_classes_told_apart_at_one_half() -> None:
    outputs, labels = drawn(300, 2, 5)
    logits = outputs[:, :1]
    made = complete(Metrics(count=300), logits, labels, Target.BINARY)
    two = complete(Metrics(count=300), torch.cat([torch.zeros_like(logits), logits], 1), labels, Target.CLASSES)
    assert made.confusion == two.confusion
    for one, other in zip(made.classes, two.classes, strict=True):
        assert one.auc == pytest.approx(other.auc)
        assert (one.precision, one.recall, one.f1, one.support) == (
            other.precision,
            other.recall,
            other.f1,
            other.support,
        )
    assert sum(map(sum, made.confusion)) == 300
    assert made.confusion[1][1] == int(((logits[:, 0] > 0) & (labels == 1)).sum())
    assert made.top_k == ()


@pytest.mark.parametrize(("classes", "cells"), [(100, 100 * 100), (101, 0)])
def test_many_classes_have_figures_but_no_matrix_that_would_fill_the_record(classes: int, cells: int) -> None:
    outputs, labels = drawn(500, classes, 9)
    made = complete(Metrics(count=500), outputs, labels, Target.CLASSES)
    assert len(made.classes) == classes
    assert sum(map(len, made.confusion)) == cells


def test_a_roc_curve_is_thinned_and_still_climbs_from_corner_to_corner() -> None:
    outputs, labels = drawn(20_000, 2, 7)
    outputs[torch.arange(20_000), labels] += 1
    figures = complete(Metrics(count=20_000), outputs, labels, Target.CLASSES).classes[1]
    assert 100 < len(figures.roc) <= 302
    assert figures.roc[0] == (0, 0)
    assert figures.roc[-1] == (1, 1)
    assert figures.roc == tuple(sorted(figures.roc))
    false, true = np.array(figures.roc).T
    assert np.all(np.diff(true) >= 0)
    assert np.trapezoid(true, false) == pytest.approx(figures.auc, abs=1e-3)


def test_answers_that_are_sure_in_float32_keep_their_order() -> None:
    logits = torch.tensor([[30.0], [31.0], [32.0], [33.0]])
    figures = complete(Metrics(count=4), logits, torch.tensor([0, 0, 1, 1]), Target.BINARY).classes
    assert [one.auc for one in figures] == [1.0, 1.0]


def test_many_classes_share_the_points_of_the_curves_until_there_are_none() -> None:
    outputs, labels = drawn(1000, 100, 1)
    made = complete(Metrics(count=1000), outputs, labels, Target.CLASSES)
    assert 1000 < sum(len(figures.roc) for figures in made.classes) < 5000
    more, labels = drawn(1000, 101, 1)
    made = complete(Metrics(count=1000), more, labels, Target.CLASSES)
    assert all(figures.auc is None and figures.roc == () for figures in made.classes)
    assert sum(figures.support for figures in made.classes) == 1000


def test_many_answers_are_sorted_with_pauses() -> None:
    outputs, labels = drawn(40_000, 5, 1)
    assert len(list(metrics.complete(Metrics(count=40_000), outputs, labels, Target.CLASSES))) == 2
    few = metrics.complete(Metrics(count=10_000), outputs[:10_000], labels[:10_000], Target.CLASSES)
    assert list(few) == []


def test_outputs_that_are_no_numbers_have_no_curve() -> None:
    outputs, labels = drawn(20, 3, 1)
    outputs[4] = math.nan
    made = complete(Metrics(count=20), outputs, labels, Target.CLASSES)
    assert all(figures.auc is None and figures.roc == () for figures in made.classes)


def test_pairs_of_a_number_are_spread_over_the_set() -> None:
    labels = torch.arange(5000, dtype=torch.float32)
    made = complete(Metrics(count=5000), (labels * 2).view(-1, 1), labels, Target.NUMBER)
    assert len(made.pairs) == len(set(made.pairs)) == 1000
    assert made.pairs[0] == (0, 0)
    assert made.pairs[-1] == (4999, 9998)
    assert made.classes == ()
    few = complete(Metrics(count=2), torch.tensor([[1.0], [2.0]]), torch.tensor([3.0, 4.0]), Target.NUMBER)
    assert few.pairs == ((3.0, 1.0), (4.0, 2.0))


def test_pairs_that_are_not_finite_are_left_out() -> None:
    answers = torch.tensor([[1.0], [math.nan], [math.inf], [4.0]])
    made = complete(Metrics(count=4), answers, torch.arange(4.0), Target.NUMBER)
    assert made.pairs == ((0.0, 1.0), (3.0, 4.0))
