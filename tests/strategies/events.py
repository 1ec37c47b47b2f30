"""Whatever a run tells, with None wherever a field allows it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from cnnlab.core.messages import message
from cnnlab.core.runs.events import BatchDone, End, EpochDone, RunEnded, RunStarted, SettingChanged, ThreadsChosen
from cnnlab.core.training.metrics import ClassFigures, Metrics

finite = st.floats(allow_nan=False, allow_infinity=False)
number = st.none() | finite
share = st.none() | st.floats(0, 1)
count = st.integers(0, 2**40)

figures = st.builds(
    ClassFigures,
    precision=share,
    recall=share,
    f1=share,
    support=count,
    auc=share,
    roc=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=4).map(tuple),
)
metrics = st.builds(
    Metrics,
    count=count,
    loss=number,
    accuracy=share,
    error=number,
    top_k=st.lists(st.tuples(count, st.floats(0, 1)), max_size=3).map(tuple),
    classes=st.just(()) | st.tuples(figures, figures),
    confusion=st.sampled_from([(), ((1, 2), (3, 4))]),
    pairs=st.lists(st.tuples(finite, finite), max_size=2).map(tuple),
)


def rounded(measured: Metrics) -> Metrics:
    """With curves as exact as the record of an epoch keeps them."""
    classes = (replace(one, roc=tuple((round(x, 4), round(y, 4)) for x, y in one.roc)) for one in measured.classes)
    return replace(measured, classes=tuple(classes))


_head = {"run": st.just("r1"), "graph": st.just("abc"), "step": count}
batch = st.builds(
    BatchDone, **_head, epoch=st.integers(1, 3), loss=finite, accuracy=share, error=number, learning_rate=number,
    images=count, images_per_second=st.none() | st.integers(0, 10**6).map(float),
)  # fmt: skip
epoch = st.builds(
    EpochDone, **_head, epoch=st.integers(1, 3), loss=finite, accuracy=share, error=number, validation_loss=number,
    validation_accuracy=share, validation_error=number, validation=st.none() | metrics.map(rounded), is_best=st.booleans(),
    seconds=st.floats(0, 1e6),
)  # fmt: skip
_text = st.none() | st.text(max_size=5).map(lambda text: message("{text}", text=text))
other = st.one_of(
    st.builds(
        RunStarted, **_head, device=st.just("cpu"), message=_text, threads=count, epochs=count, batches=count, steps=count,
        resumed=st.booleans(), kept=st.lists(st.text(max_size=5), max_size=2).map(tuple), restarted=st.just(()),
    ),
    st.builds(SettingChanged, **_head, name=st.just("dropout"), before=finite, after=finite),
    st.builds(ThreadsChosen, **_head, threads=count),
    st.builds(
        RunEnded, **_head, end=st.sampled_from(End), test_accuracy=share, test=st.none() | metrics, early=st.booleans(),
        message=_text,
    ),
)  # fmt: skip
recorded = batch | epoch | other
"""An event that ``events.jsonl`` has a line for."""
