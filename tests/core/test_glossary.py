"""The glossary: complete, without doubles, and in the words that the catalogue and the settings show."""

from __future__ import annotations

import unicodedata

import pytest

from cnnlab.core import catalog
from cnnlab.core.catalog.spec import FAMILY_TITLES, Family
from cnnlab.core.glossary import TERMS
from cnnlab.core.messages import Message
from cnnlab.core.training.learning import LEARNING_PARAMS
from cnnlab.core.training.losses import LOSSES
from cnnlab.core.training.settings import TRAINING_PARAMS

SETTINGS = {param.name: param.label for param in (*TRAINING_PARAMS, *LEARNING_PARAMS)}
CONVOLUTION = catalog.BY_KEY["conv2d"]


def test_there_are_forty_terms_or_more_each_with_a_sentence() -> None:
    assert len(TERMS) >= 40
    for term in TERMS.values():
        assert str(term.meaning).endswith(".")
        assert str(term.title)[0].isupper()


def test_no_term_is_there_twice() -> None:
    titles = [str(term.title).casefold() for term in TERMS.values()]
    chinese = [term.chinese for term in TERMS.values()]
    assert len(set(titles)) == len(titles)
    assert len(set(chinese)) == len(chinese)


def test_chinese_is_chinese() -> None:
    for term in TERMS.values():
        assert term.chinese
        assert all(unicodedata.name(sign).startswith("CJK UNIFIED IDEOGRAPH") for sign in term.chinese), term.chinese


@pytest.mark.parametrize("family", [Family.POOLING, Family.ACTIVATION, Family.NORMALISATION, Family.REGULARISATION])
def test_families_are_called_by_their_terms(family: Family) -> None:
    assert TERMS[family.value].title == FAMILY_TITLES[family]


@pytest.mark.parametrize(
    ("term", "key"),
    [("relu", "relu"), ("sigmoid", "sigmoid"), ("softmax", "softmax"), ("flatten", "flatten"), ("dropout", "dropout"),
     ("global_average_pooling", "globalavgpool")],
)  # fmt: skip
def test_layers_are_called_by_their_terms(term: str, key: str) -> None:
    assert TERMS[term].title == catalog.BY_KEY[key].title


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("kernel", "kernel_size"),
        ("stride", "stride"),
        ("padding", "padding"),
        ("dilation", "dilation"),
        ("bias", "bias"),
    ],
)
def test_settings_of_a_convolution_are_called_by_their_terms(term: str, name: str) -> None:
    assert TERMS[term].title == CONVOLUTION.param(name).label


def test_filters_and_epochs_are_many() -> None:
    assert str(CONVOLUTION.param("out_channels").label) == f"{TERMS['filter'].title}s"
    assert str(SETTINGS["epochs"]) == f"{TERMS['epoch'].title}s"


@pytest.mark.parametrize(
    "name",
    [
        "loss",
        "optimiser",
        "learning_rate",
        "momentum",
        "weight_decay",
        "batch_size",
        "early_stopping",
        "frozen",
        "initialisation",
    ],
)
def test_settings_of_training_are_called_by_their_terms(name: str) -> None:
    assert TERMS[name].title == SETTINGS[name]


@pytest.mark.parametrize(("term", "name"), [("cross_entropy", "cross_entropy"), ("squared_error", "mse")])
def test_losses_are_called_by_their_terms(term: str, name: str) -> None:
    assert TERMS[term].title == LOSSES[name].title


def test_whatever_else_has_a_title_of_the_glossary_has_it_in_the_same_letters() -> None:
    shown: list[Message] = [*SETTINGS.values(), *FAMILY_TITLES.values()]
    shown += [spec.title for spec in catalog.LAYERS] + [loss.title for loss in LOSSES.values()]
    shown += [param.label for spec in catalog.LAYERS for param in spec.params]
    written = {str(term.title).casefold().replace("-", " "): str(term.title) for term in TERMS.values()}
    for title in map(str, shown):
        assert written.get(title.casefold().replace("-", " "), title) == title
