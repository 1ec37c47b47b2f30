from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.events import count, metrics, recorded, rounded

from cnnlab.core.messages import message
from cnnlab.core.runs.events import BatchDone, End, EpochDone, Event, Measuring, RunEnded, Split
from cnnlab.core.training.metrics import ClassFigures, Metrics
from cnnlab.engine.runs import event_lines

HEAD: dict[str, Any] = {"run": "r1", "graph": "abc"}


def read(lines: list[bytes]) -> list[Event]:
    """The events in ``lines``, which must all be sound."""
    found: list[Event] = []
    for line in lines:
        parsed = event_lines.parsed(line)
        assert parsed is not None
        if parsed.batches is not None:
            found += parsed.batches.events()
        else:
            assert parsed.event is not None
            found.append(parsed.event)
    return found


@given(st.lists(recorded, max_size=12), count)
def test_what_was_written_is_read_again(events: list[Event], first: int) -> None:
    lines = event_lines.lines_of(events, first)
    back = read(lines)
    assert back == events
    for place, line in enumerate(lines):
        document = json.loads(line, parse_constant=pytest.fail)
        assert document["n"] == first + place
        assert (document["v"], document["run"], document["graph"]) == (1, "r1", "abc")
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")


def epoch(validation: Metrics | None) -> EpochDone:
    return EpochDone(
        **HEAD, step=9, epoch=1, loss=0.5, accuracy=None, validation_loss=None, validation_accuracy=0.25,
        validation=validation, is_best=True, seconds=1.5,
    )  # fmt: skip


@given(st.none() | metrics)
def test_an_epoch_keeps_its_figures_and_the_shape_of_its_curves(validation: Metrics | None) -> None:
    written = epoch(validation)
    (back,) = read(event_lines.lines_of([written], 0))
    assert isinstance(back, EpochDone)
    assert back == replace(written, validation=validation and rounded(validation))


def test_a_long_roc_is_thinned_between_its_ends() -> None:
    roc = tuple((i / 1000, (i / 1000) ** 0.5) for i in range(1001))
    one = ClassFigures(0.5, 0.5, 0.5, 9, 0.5, roc)
    (back,) = read(event_lines.lines_of([epoch(Metrics(classes=(one,)))], 0))
    assert isinstance(back, EpochDone)
    assert back.validation is not None
    kept = back.validation.classes[0].roc
    assert 40 < len(kept) < 60
    assert (kept[0], kept[-1]) == (roc[0], roc[-1])
    assert set(kept) <= {(round(x, 4), round(y, 4)) for x, y in roc}


def test_a_message_comes_back_as_a_finished_sentence() -> None:
    ended = RunEnded(**HEAD, step=1, end=End.FAILED, message=message("Bad {what}", what="{end.__class__}"))
    (back,) = read(event_lines.lines_of([ended], 0))
    assert isinstance(back, RunEnded)
    assert str(back.message) == "Bad {end.__class__}"


def test_a_message_with_a_name_that_is_no_text_is_kept() -> None:
    name = os.fsdecode(b"caf\xe9.png")
    ended = RunEnded(run="r1", step=1, graph="g", end=End.FAILED, message=message("{name} is gone", name=name))
    (event,) = read(event_lines.lines_of([ended], 0))
    assert isinstance(event, RunEnded)
    assert str(event.message) == f"{name} is gone"


def test_progress_of_a_measurement_is_not_kept() -> None:
    assert event_lines.lines_of([Measuring(**HEAD, step=1, split=Split.TEST, done=1, total=2)], 0) == []


def test_a_million_batches_take_less_than_100_bytes_each() -> None:
    batches = [
        BatchDone(
            **HEAD, step=10**6 + step, epoch=7, loss=1 / (step + 3), accuracy=0.984375, learning_rate=0.003 / (step + 1),
            images=10**8 + step * 64, images_per_second=8123.4567,
        )
        for step in range(500)
    ]  # fmt: skip
    assert sum(map(len, event_lines.lines_of(batches, 0))) < 100 * len(batches)


def test_a_rate_beyond_all_numbers_does_not_stop_the_record() -> None:
    spoilt = BatchDone(**HEAD, step=1, epoch=1, loss=0.5, learning_rate=float("inf"), images=1)
    whole = BatchDone(**HEAD, step=2, epoch=1, loss=0.5, learning_rate=0.1, images=2)
    assert read(event_lines.lines_of([spoilt, whole], 0)) == [replace(spoilt, learning_rate=None), whole]


GOOD = event_lines.lines_of([epoch(None)], 0)[0]
_ONE = ClassFigures(precision=1.0, recall=1.0, f1=1.0, support=4, auc=1.0, roc=((0.0, 0.0), (1.0, 1.0)))
MEASURED = event_lines.lines_of([epoch(Metrics(count=8, confusion=((3, 1), (0, 4)), classes=(_ONE, _ONE)))], 0)[0]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[" * 100_000,
        b"\xff\xfe",
        GOOD[:-10],
        GOOD.replace(b'"v":1', b'"v":2'),
        GOOD.replace(b'"n":0', b'"n":true'),
        GOOD.replace(b'"n":0', b'"n":"0"'),
        GOOD.replace(b'"loss":0.5', b'"loss":NaN'),
        GOOD.replace(b'"loss":0.5', b'"loss":1e400'),
        GOOD.replace(b'"loss":0.5', b'"loss":null'),
        GOOD.replace(b'"loss":0.5', b'"loss":{}'),
        GOOD.replace(b'"step":9', b'"step":"nine"'),
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[1,2],"images":[1,2],"loss":[1]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[1],"images":[1],"loss":["1"]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[1],"images":[1],"loss":[1e400]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[1],"images":[null],"loss":[1]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[1],"images":[1],"loss":[null]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[],"images":[],"loss":[]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"ended","end":"failed","message":{"template":"{a.x}","args":{}}}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[true],"images":[1],"loss":[1]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[9007199254740992],"images":[1],"loss":[1]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[-1],"images":[1],"loss":[1]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":9007199254740992,"steps":[1],"images":[1],"loss":[1]}',
        b'{"v":1,"n":1,"run":"r","step":1,"graph":"g","kind":"batches","epoch":1,"steps":[1],"images":[9007199254740992],"loss":[1]}',
        GOOD.replace(b'"step":9', b'"step":9007199254740992'),
        MEASURED.replace(b"[[3,1],[0,4]]", b"[[3,1],[0]]"),
        MEASURED.replace(b"[[3,1],[0,4]]", b"[[3,1]]"),
        MEASURED.replace(b"[[3,1],[0,4]]", b"[[8]]"),
        MEASURED.replace(b'"auc":1.0', b'"auc":1e400'),
    ],
)
def test_what_is_damaged_is_left_out(line: bytes) -> None:
    assert event_lines.parsed(GOOD) is not None
    assert event_lines.parsed(MEASURED) is not None
    assert event_lines.parsed(line) is None


def test_a_line_of_batches_needs_no_more_than_losses_and_pictures() -> None:
    head = b'{"v":1,"n":1,"run":"r1","step":2,"graph":"abc","kind":"batches","epoch":1,'
    assert read([head + b'"steps":[1,2],"loss":[1,0.5],"images":[8,16]}']) == [
        BatchDone(**HEAD, step=1, epoch=1, loss=1.0, images=8),
        BatchDone(**HEAD, step=2, epoch=1, loss=0.5, images=16),
    ]


def test_a_kind_of_a_later_version_counts_as_a_line() -> None:
    line = event_lines.parsed(b'{"v":1,"n":3,"run":"r","step":1,"graph":"g","kind":"gradients","norm":1}')
    assert line == event_lines.LoggedLine(3)
