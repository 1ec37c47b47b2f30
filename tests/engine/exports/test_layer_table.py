"""The table of the layers has the numbers of ``Facts``, and reads well wherever it is put."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
import small_networks

from cnnlab.core.graph.graph import Node, Wire
from cnnlab.core.messages import Message
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.exports import Row, Summary, summary
from cnnlab.engine.network import shapes


@pytest.mark.parametrize("project", [small_networks.CHAIN, small_networks.RESIDUAL], ids=lambda p: p.title)
def test_the_numbers_are_those_of_the_facts_in_execution_order(project: Project) -> None:
    facts, table = shapes.infer(project.graph), summary(project)
    assert [row.path for row in table.rows] == [project.graph.by_uid[uid].path for uid in facts.order]
    for row, uid in zip(table.rows, facts.order, strict=True):
        known = facts.of(uid)
        assert row.outputs == known.outputs
        assert (row.parameters, row.macs, row.output_bytes) == (known.parameters, known.macs, known.output_bytes)
    assert (table.parameters, table.macs) == (facts.parameters, facts.macs)
    assert table.output_bytes == sum(node.output_bytes for node in facts.nodes.values())


def test_a_terminal_shows_aligned_columns() -> None:
    title, head, rule, *rows, rule_2, total = str(summary(small_networks.CHAIN)).split("\n")
    assert title == "Chain"
    assert rule == rule_2 == "─" * max(map(len, (head, *rows, total)))
    conv = next(row for row in rows if row.startswith("conv1"))
    assert " ".join(conv.split()) == "conv1 Conv2d 4 · 3×3 · pad 1 4 × 8 × 7 76 4,032 896"
    for column in ("Layer", "Settings", "Output "):
        assert all(row[head.index(column) - 2 : head.index(column)] == "  " for row in rows)
    end = head.index("Parameters") + len("Parameters")
    assert conv[:end].endswith("76")
    assert total[:end].endswith(" 329")
    assert not any(line.endswith(" ") for line in rows)


def test_repr_is_the_table_too_as_a_notebook_shows_it() -> None:
    table = summary(small_networks.CHAIN)
    assert repr(table) == str(table)


def test_markdown_is_a_table_with_a_total() -> None:
    lines = summary(small_networks.CHAIN).markdown().splitlines()
    assert lines[1] == "| --- | --- | --- | --- | ---: | ---: | ---: |"
    assert {line.count("|") for line in lines} == {8}
    assert lines[-1].startswith("| **Total** |  |  |  | **329** |")


def test_markdown_escapes_what_would_end_a_cell() -> None:
    table = Summary("", (Row("a", Message("x|y"), Message("a\\|b"), (), 0, 0, 0),))
    assert "| x\\|y | a\\\\\\|b |" in table.markdown()


def test_csv_reads_back() -> None:
    table = summary(small_networks.RESIDUAL)
    head, *rows = csv.reader(io.StringIO(table.csv()))
    assert head[:4] == ["Name", "Layer", "Settings", "Output"]
    for row, cells in zip(table.rows, rows, strict=True):
        assert cells[0] == row.path
        assert [int(cell) for cell in cells[4:]] == [row.parameters, row.macs, row.output_bytes, 1]


def test_a_layer_that_leads_nowhere_is_marked_and_left_out_of_the_totals_as_in_the_facts() -> None:
    project = small_networks.CHAIN
    graph = project.graph.add(Node("uid-aside", "aside", "conv2d")).connect(Wire("uid-conv1", "uid-aside"))
    table, facts = summary(replace(project, graph=graph)), shapes.infer(graph)
    assert [row.path for row in table.rows if not row.counted] == ["aside"]
    assert facts.of("uid-aside").parameters
    assert (table.parameters, table.macs) == (facts.parameters, facts.macs)
    whole = summary(project)
    assert (table.parameters, table.output_bytes) == (whole.parameters, whole.output_bytes)
    for shown in (str(table), table.markdown()):
        assert "aside †" in shown
        assert shown.splitlines()[-1].startswith("† does not lead to the Output")
    assert [row[-1] for row in csv.reader(io.StringIO(table.csv())) if row[0] == "aside"] == ["0"]
    unfinished = summary(replace(project, graph=graph.disconnect([Wire("uid-fc", "uid-output")])))
    assert all(row.counted for row in unfinished.rows)
    assert "†" not in str(unfinished)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_finds_no_formula(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    table = Summary("", (Row("a", Message(text), Message(text), (), 0, 0, 0),))
    _head, cells = csv.reader(io.StringIO(table.csv(), newline=""))
    assert cells[1:3] == ["'" + text, "'" + text]


def test_a_layer_that_cannot_run_or_is_not_known_is_in_the_table_without_a_size() -> None:
    project = changes.remove(small_networks.CHAIN, ["uid-pool1"])
    strange = Node("uid-strange", "strange", "deformconv", version=3)
    bad = replace(project.graph.by_uid["uid-fc"], params=project.graph.by_uid["uid-fc"].params | {"out_features": 0})
    table = summary(replace(project, graph=project.graph.add(strange).change(bad)))
    rows = {row.path: row for row in table.rows}
    assert [row.path for row in table.rows][:4] == ["input", "conv1", "bn1", "relu1"]
    assert (str(rows["strange"].layer), rows["strange"].outputs) == ("deformconv", ())
    assert (str(rows["fc"].layer), str(rows["fc"].chosen), rows["fc"].outputs) == ("Linear", "", ())
    assert str(table)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_terminal_that_is_not_wide_enough_breaks_the_settings_and_nothing_else(width: int) -> None:
    table = summary(small_networks.CHAIN)
    lines, whole = table.text(width).splitlines(), str(table).splitlines()
    fits = max(map(len, whole)) <= width
    assert (lines == whole) is (fits or width == 60)
    if width >= 80:
        assert max(map(len, lines)) <= width
    for row in table.rows:
        line = next(line for line in lines if line.startswith(f"{row.path} "))
        assert line.endswith(f"{row.output_bytes:,}" if row.output_bytes else "")
        assert all(word in table.text(width) for word in str(row.chosen).split())
