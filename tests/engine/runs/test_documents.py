"""``heartbeat.json``: figures that are not known are ``null`` in the file and None in the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import events

from cnnlab.core.run_summary import Figures, RunState
from cnnlab.engine.runs import documents, table
from cnnlab.engine.runs.documents import FigureFields, Heartbeat, Run
from cnnlab.engine.runs.owners import Owner

RUN = Run(
    id="r1", started="2026-01-01T00:00:00+00:00", graph="abc", training={}, augmentation={}, preprocessing={}, data={},
    device="cpu", precision="float32", threads=1, seed=0, epochs=1, batches=1, steps=1, owner=Owner(pid=0),
)  # fmt: skip
_figures = st.builds(FigureFields, loss=events.number, accuracy=events.share, error=events.number)
_heartbeats = st.builds(
    Heartbeat, run=st.just("r1"), time=st.just(0.0), owner=st.just(Owner(pid=0)), state=st.just(RunState.COMPLETED),
    images_per_second=events.number, latest=_figures, validation=_figures, best=_figures, test=_figures,
)  # fmt: skip


@given(heartbeat=_heartbeats)
def test_what_was_written_is_read_again(heartbeat: Heartbeat, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("run")
    documents.write_heartbeat(folder, heartbeat)
    json.loads((folder / "heartbeat.json").read_text(), parse_constant=pytest.fail)
    back = documents.read_heartbeat(folder)
    assert back == heartbeat
    summary = table.summarised(folder, RUN, heartbeat)
    assert table.summarised(folder, RUN, back) == summary
    assert summary.latest == Figures(heartbeat.latest.loss, heartbeat.latest.accuracy, heartbeat.latest.error)


@pytest.mark.parametrize("written", ["null", "NaN", "Infinity", "1e999"])
def test_what_is_no_finite_number_in_a_file_is_none(written: str, tmp_path: Path) -> None:
    documents.write_heartbeat(
        tmp_path,
        Heartbeat(run="r1", time=0.0, owner=Owner(pid=0), state=RunState.RUNNING, latest=FigureFields(loss=0.125)),
    )
    path = tmp_path / "heartbeat.json"
    path.write_text(path.read_text().replace("0.125", written))
    assert documents.read_heartbeat(tmp_path).latest == FigureFields()
