"""How names are cut to the room on a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from cnnlab.core import templates
from cnnlab.gui.editor import lettering

SIZE = 10
PATHS = sorted({node.path for key in ("resnet18", "googlenet", "densenet121") for node in
                templates.BY_KEY[key].build().graph.nodes})  # fmt: skip


@given(path=st.sampled_from(PATHS), room=st.integers(20, 240))
def test_what_is_shown_of_a_path_is_its_end_and_has_room(qapp: QApplication, path: str, room: int) -> None:
    shown = lettering.fitted_path(path, SIZE, True, room)
    assert lettering.width(shown, SIZE, True) <= room
    assert shown == path or (shown.startswith("…") and path.endswith(shown.lstrip("…")))
    assert (shown == path) == (lettering.width(path, SIZE, True) <= room)


def test_whole_parts_are_left_where_two_have_room(qapp: QApplication) -> None:
    path = "inception.branch1x1.conv"
    room = int(lettering.width("…branch1x1.conv", SIZE, True))
    assert lettering.fitted_path(path, SIZE, True, room + 1) == "…branch1x1.conv"
    assert lettering.fitted_path(path, SIZE, True, room + 12) == "…branch1x1.conv"
    assert lettering.fitted_path(path, SIZE, True, room - 6).endswith("x1.conv")


def test_a_number_says_too_little_to_be_the_first_whole_part(qapp: QApplication) -> None:
    room = int(lettering.width("…ranch2.0.conv", SIZE, True)) + 1
    assert lettering.fitted_path("inception3b.branch2.0.conv", SIZE, True, room) == "…ranch2.0.conv"


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("conv1", "conv1"),
        ("layer1.0.conv1", "conv1"),
        ("layer2.0.downsample.0", "downsample.0"),
        ("features.18.0.1", "features.18.0.1"),
        ("0.1", "0.1"),
    ],
)
def test_the_last_part_has_a_letter_where_there_is_one(path: str, last: str) -> None:
    assert lettering.last_part(path) == last
