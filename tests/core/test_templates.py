from __future__ import annotations

import itertools

import pytest

from cnnlab.core import catalog, paths, templates
from cnnlab.core.templates import CARD, TEMPLATES, Template

EACH = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)


@EACH
def test_every_template_is_a_sound_project(template: Template) -> None:
    project = template.build()
    assert project == template.build()
    assert project.title
    assert project.note
    for node in project.graph.nodes:
        spec = catalog.find(node)
        assert spec is not None
        assert spec.normal(node.params) == node.params
        assert not paths.refusal(node.path, (other.path for other in project.graph.nodes if other is not node))
    assert [len(project.graph.of_type(key)) for key in ("input", "output")] == [1, 1]


@EACH
def test_no_card_lies_on_another(template: Template) -> None:
    project = template.build()
    assert set(project.layout.positions) == set(project.graph.by_uid)
    for (x0, y0), (x1, y1) in itertools.combinations(project.layout.positions.values(), 2):
        assert abs(x0 - x1) >= CARD[0] or abs(y0 - y1) >= CARD[1]


@EACH
def test_networks_are_one_chain(template: Template) -> None:
    graph = template.build().graph
    if template.key == "empty":
        assert graph.wires == ()
        return
    assert [(wire.source, wire.target) for wire in graph.wires] == [
        (a.uid, b.uid) for a, b in itertools.pairwise(graph.nodes)
    ]


def test_the_strided_twin_has_strides_where_the_starter_has_pooling() -> None:
    starter, strided = (templates.BY_KEY[key].build().graph for key in ("mnist", "mnist-strided"))
    assert {node.path for node in starter.nodes} - {node.path for node in strided.nodes} == {"pool1", "pool2", "pool3"}
    for node in strided.nodes:
        twin = starter.by_path[node.path]
        if node.type == "conv2d":
            assert dict(node.params) == {**twin.params, "stride": (2, 2)}
        else:
            assert node == twin


def test_each_template_has_its_own_key() -> None:
    assert list(templates.BY_KEY) == [template.key for template in TEMPLATES]
