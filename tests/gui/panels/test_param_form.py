"""The one form of settings, whatever they are of: which rows show, and what "More" says and keeps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from cnnlab.core import templates
from cnnlab.core.catalog import LAYERS
from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.preprocessing import PREPROCESSING_PARAMS
from cnnlab.core.messages import Message, message
from cnnlab.core.params import Param, Real
from cnnlab.core.training.learning import LEARNING_PARAMS
from cnnlab.core.training.settings import TRAINING_PARAMS
from cnnlab.gui.document import Document
from cnnlab.gui.panels.param_form import ParamForm
from cnnlab.gui.panels.property_form import PropertyForm
from cnnlab.gui.selection import Selection
from cnnlab.gui.theme import theme

ALL: list[tuple[Param, ...]] = [
    AUGMENTATION_PARAMS, LEARNING_PARAMS, PREPROCESSING_PARAMS, TRAINING_PARAMS, *(spec.params for spec in LAYERS if spec.params),
]  # fmt: skip
VARIED = tuple(param for param in TRAINING_PARAMS if isinstance(param, Real))


def usual(params: tuple[Param, ...]) -> dict[str, Any]:
    return {param.name: param.normal(param.default) for param in params}


def shown(form: ParamForm) -> set[str]:
    return {name for name, row in form.rows.items() if row.isVisibleTo(form)}


@pytest.mark.parametrize("params", ALL, ids=lambda params: params[0].name)
def test_every_control_can_be_reached_and_says_what_it_is(qtbot: QtBot, params: tuple[Param, ...]) -> None:
    form = ParamForm("Title", params)
    qtbot.addWidget(form)
    form.show_values(usual(params))
    form.set_open(True)
    assert shown(form) == {param.name for param in params}
    for param in params:
        control = form.rows[param.name].field.control
        assert control.accessibleName() == str(param.label)
        assert control.accessibleDescription() == str(param.description)
        assert control.toolTip().startswith(str(param.description))
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert form.more.accessibleName() == f"Title: {form.more.text()}"
    assert form.more.focusPolicy() & Qt.FocusPolicy.TabFocus


@given(effective=st.sets(st.sampled_from([param.name for param in VARIED])), is_open=st.booleans(), data=st.data())
def test_what_shows_is_what_matters_and_more_counts_what_it_hides(
    qapp: QApplication, effective: set[str], is_open: bool, data: st.DataObject
) -> None:
    form = ParamForm("Title", VARIED)
    form.set_open(is_open)
    odd = data.draw(st.sets(st.sampled_from([param.name for param in VARIED])))
    values = {name: 0.25 if name in odd else value for name, value in usual(VARIED).items()}
    form.show_values(values, effective)
    advanced = {param.name for param in VARIED if param.advanced} & effective
    assert shown(form) == (effective if is_open else effective - advanced)
    assert form.more.isVisibleTo(form) is bool(advanced)
    unusual = len(advanced & odd)
    assert form.more.text() == ("Less" if is_open else f"More ({unusual} set)" if unusual else "More")
    form.deleteLater()


def test_a_value_that_goes_not_with_the_others_is_refused_and_the_last_one_stays(qtbot: QtBot) -> None:
    def refusal(name: str, value: Any) -> Message | None:
        return message("it cannot be {value} there", value=value) if value > 0.5 else None

    params = (Real("p", message("Share"), message("How much."), 0.25),)
    form = ParamForm("Title", params, refusal=refusal)
    qtbot.addWidget(form)
    form.show_values({"p": 0.25})
    line = form.rows["p"].field.control
    assert isinstance(line, QLineEdit)
    told: list[tuple[Param, float]] = []
    form.changed.connect(lambda param, value: told.append((param, value)))
    line.selectAll()
    qtbot.keyClicks(line, "0.75")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert form.rows["p"].error == "It cannot be 0.75 there It is still 0.25."
    assert line.accessibleDescription() == form.rows["p"].error
    assert (params[0], 0.75) not in told
    line.selectAll()
    qtbot.keyClicks(line, "0.5")
    assert told[-1] == (params[0], 0.5)
    assert form.rows["p"].error == ""


def test_settings_that_were_asked_for_stay_asked_for_at_the_next_layer(qtbot: QtBot) -> None:
    document, selection = Document(templates.BY_KEY["mnist"].build()), Selection()
    panel = PropertyForm(document, selection)
    qtbot.addWidget(panel)
    panel.show()
    for uid, pressed in (("conv1", True), ("relu1", False), ("pool1", False), ("conv2", False)):
        selection.set([uid])
        assert panel.page is not None
        form = panel.page.form
        if pressed:
            qtbot.mouseClick(form.more, Qt.MouseButton.LeftButton)
        assert shown(form) == set(form.rows)
    selection.set(["conv2"])
    assert panel.page is not None
    qtbot.mouseClick(panel.page.form.more, Qt.MouseButton.LeftButton)
    selection.set(["pool1"])
    assert panel.page is not None
    assert shown(panel.page.form) < set(panel.page.form.rows)
    document.close()


def test_the_button_stays_whole_while_rows_come_into_a_form_that_has_not_grown_yet(
    qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, dark=False)
    form = ParamForm("Title", TRAINING_PARAMS)
    qtbot.addWidget(form)
    form.show_values(usual(TRAINING_PARAMS))
    form.setFixedHeight(90)
    form.show()
    qtbot.mouseClick(form.more, Qt.MouseButton.LeftButton)
    assert form.more.text() == "Less"
    assert form.more.height() >= form.more.iconSize().height()
