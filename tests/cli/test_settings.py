from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
import typer
from commands import Command
from typer.testing import CliRunner

from cnnlab.cli.settings import AUGMENTATION, DATA, TRAINING, Given, taking
from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.params import Choice, Flag, Param, ParamError, Real, Whole
from cnnlab.core.project.project import Project
from cnnlab.core.training.settings import TRAINING_PARAMS


def given(*arguments: str) -> Given:
    """What a command with all settings is given."""
    found: list[Given] = []
    app = typer.Typer()

    @app.command()
    @taking(DATA, TRAINING, AUGMENTATION)
    def show(given: Given) -> None:
        found.append(given)

    done = CliRunner().invoke(app, list(arguments))
    assert found, done.output
    return found[0]


def another(param: Param) -> Any:
    """A value that the setting can have and that is not its default."""
    match param:
        case Flag():
            return not param.default
        case Choice():
            return next(option for option in param.options if option != param.default)
        case Whole():
            return param.high if param.default != param.high else param.low
        case Real():
            return param.high if param.default != param.high else param.high / 2
    raise AssertionError(param)


def option(param: Param, value: Any) -> list[str]:
    name = param.name.replace("_", "-")
    if isinstance(param, Flag):
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", str(value)]


@pytest.mark.parametrize(("field", "params"), [("training", TRAINING_PARAMS), ("augmentation", AUGMENTATION_PARAMS)])
def test_every_setting_is_an_option_that_overrides_the_project(field: str, params: tuple[Param, ...]) -> None:
    for param in params:
        before, value = getattr(Project(), field), another(param)
        after = getattr(given(*option(param, value)).on(Project()), field)
        assert getattr(after, param.name) == value, param.name
        others = {name.name for name in fields(after)} - {param.name}
        assert all(getattr(after, name) == getattr(before, name) for name in others), param.name


def test_the_tables_name_no_option_twice() -> None:
    names = [param.name for param in (*TRAINING_PARAMS, *AUGMENTATION_PARAMS)]
    assert len(set(names)) == len(names)


def test_without_options_the_project_stays_as_it_is() -> None:
    assert given() == Given()
    assert given().on(Project()) == Project()


def test_data_can_be_named() -> None:
    data = (
        given("--source", "cifar10", "--data", "pictures", "--validation", "7", "--split-seed", "3").on(Project()).data
    )
    assert (data.source, data.folder, data.validation, data.seed) == ("cifar10", "pictures", 7, 3)


@pytest.mark.parametrize(
    "param", [param for param in TRAINING_PARAMS if not isinstance(param, Flag)], ids=lambda p: p.name
)
def test_what_a_setting_cannot_have_is_refused_in_its_own_words(param: Param, command: Command) -> None:
    with pytest.raises(ParamError) as refused:
        param.normal("nonsense")
    done = command("train", "none.cnnlab", *option(param, "nonsense"))
    assert (done.code, done.out, done.err.strip()) == (1, "", str(refused.value))


def test_numbers_are_read_as_people_write_them() -> None:
    assert given("--learning-rate", "1e-3", "--epochs", "1e2").training == {"learning_rate": 0.001, "epochs": 100}


def test_help_has_the_words_of_the_settings_under_headings(command: Command) -> None:
    helped = command("train", "--help")
    assert (helped.code, helped.err) == (0, "")
    text = " ".join(helped.out.split())
    for param in (*TRAINING_PARAMS, *AUGMENTATION_PARAMS):
        assert str(param.description).split(":")[0][:40] in text
    for heading in ("Data:", "Loss:", "Learning rate:", "Optimiser:", "Batches:", "Augmentation:"):
        assert f"\n{heading}\n" in helped.out
