"""torchvision's own figures for its models, against what is counted here."""

from __future__ import annotations

import pytest

from cnnlab.engine import importer
from cnnlab.engine.importer.published import published
from cnnlab.engine.network import shapes


def test_every_model_that_can_be_imported_is_described() -> None:
    for name in importer.names():
        model = published(name)
        assert model.name == name
        assert 500_000 < model.parameters < 1_000_000_000
        assert model.parameters / 50 < model.macs
        assert 50 < model.top1 < 90
        assert 224 <= model.side <= 600


@pytest.mark.parametrize("name", ["squeezenet1_1", "resnet18", "mobilenet_v3_small"])
def test_they_are_what_is_counted(name: str) -> None:
    facts = shapes.infer(importer.import_torchvision(name).graph)
    assert published(name).parameters == facts.parameters
    assert published(name).macs == pytest.approx(facts.macs, rel=0.02)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="resnet_of_mine"):
        published("resnet_of_mine")
