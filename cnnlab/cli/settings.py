"""The settings of a run as options of a command: one for each entry of their tables, with its words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from cnnlab.cli.flags import flag, needed, older_flags
from cnnlab.cli.shared import readable_errors
from cnnlab.core.data.augmentation import AUGMENTATION_PARAMS
from cnnlab.core.data.preprocessing import PREPROCESSING_PARAMS
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.messages import message
from cnnlab.core.messages import text as _
from cnnlab.core.params import Choice, Flag, Option, Param, Whole, params
from cnnlab.core.project import changes
from cnnlab.core.project.project import DataSettings, Project
from cnnlab.core.training.settings import GROUPS, TRAINING_PARAMS
from cnnlab.core.values import Frozen

_DATA = DataSettings()
_READABLE = tuple(key for key, source in SOURCES.items() if source.has_pictures)

_DATA_PARAMS: tuple[Param, ...] = (
    Choice("source", message("Source"), message("The data set."), _DATA.source, options=_READABLE),
    Whole("validation", message("Validation"), message("How many of the training pictures are held out for validation."),
          _DATA.validation, low=0, high=10**9),
    Whole("test", message("Test"), message("How many pictures are held out for the test, of a folder that has none of its own."),
          _DATA.test, low=0, high=10**9),
    Whole("seed", message("Split seed"), message("Decides which pictures are held out."), _DATA.seed, low=0, high=2**31 - 1),
)  # fmt: skip
_PREPARATION_PARAMS: tuple[Param, ...] = (
    *(param for param in PREPROCESSING_PARAMS if param.name == "fit"),
    Choice("normalise", message("Normalisation"), message("How pixels become numbers; stored with the weights, like --fit."),
           "zscore", options=("none", "minmax", "zscore"), named=Frozen(
        {
            "none": Option(message("None"), message("Black is 0 and white 1.")),
            "minmax": Option(message("Min-max"), message("A channel’s darkest training value is −1 and its brightest 1.")),
            "zscore": Option(message("Z-score"), message(
                "Over the training pictures, each channel has mean 0 and standard deviation 1.")),
        }
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """The settings that a command line names; the others stay as a project has them."""

    data: Mapping[str, Any] = Frozen()
    training: Mapping[str, Any] = Frozen()
    augmentation: Mapping[str, Any] = Frozen()
    preparation: Mapping[str, Any] = Frozen()
    """``fit`` and ``normalise``, for ``cli.train.pictures.prepared``, which may have to look at the pictures."""

    def on(self, project: Project) -> Project:
        """``project`` with these in place of its own, but for the preparation. Raises ``ParamError``."""
        project = changes.set_data(project, **self.data)
        project = changes.set_training(project, **self.training)
        return changes.set_augmentation(project, **self.augmentation)


@dataclass(frozen=True)
class Subject:
    """The options for one field of ``Given``."""

    name: str
    params: tuple[Param, ...]
    options: tuple[inspect.Parameter, ...]

    def given(self, values: dict[str, Any]) -> Frozen[str, Any]:
        """Takes its options out of ``values``: those that were named, in normal form. Raises ``ParamError``."""
        typed = {option.name.removeprefix(f"{self.name}_"): values.pop(option.name) for option in self.options}
        params = {param.name: param for param in self.params}
        return Frozen(
            {
                name: params[name].normal(_read(params[name], value)) if name in params else str(value)
                for name, value in typed.items()
                if value is not None
            }
        )


def taking(*subjects: Subject) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """For a command with a parameter ``given: Given``: the options of ``subjects`` in its place."""

    def decorated(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        own = [parameter for parameter in signature.parameters.values() if parameter.name != "given"]
        theirs = [option for subject in subjects for option in subject.options]
        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*own, *theirs)]

        def command(**values: Any) -> None:
            with readable_errors():
                given = Given(**{subject.name: subject.given(values) for subject in subjects})
            function(given=given, **values)

        command.__name__ = function.__name__
        command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorated


class GroupedOptions(TyperCommand):
    """A command whose help lists its options under the headings that they were given; those without one come first."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments, options, and then the headings in the order of their first options."""
        groups: dict[str, list[tuple[str, str]]] = {_("Arguments"): [], _("Options"): []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                usual = _("Options") if param.param_type_name == "option" else _("Arguments")
                heading: str = getattr(param, "rich_help_panel", None) or usual
                groups.setdefault(heading, []).append(record)
        for heading, records in groups.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def _option(subject: str, param: Param, heading: str) -> inspect.Parameter:
    called = flag(subject, param.name)
    # Numbers come as text, so that whatever is wrong with them is said in the words of the setting.
    kind: Any = str | None
    metavar: str | None = "N" if isinstance(param, Whole) else "X"
    if isinstance(param, Choice):
        metavar = f"[{'|'.join(param.options)}]"
    elif isinstance(param, Flag):
        kind, metavar, called = bool | None, None, f"{called}/--no-{called[2:]}"
    needs = needed(param.name) if subject == "training" else ""
    text = _("{text} Needs {needs}.", text=param.description, needs=needs) if needs else str(param.description)
    option = typer.Option(
        called, *older_flags(subject, param.name), metavar=metavar, help=text, rich_help_panel=heading
    )
    return _parameter(subject, param.name, kind, option)


def _parameter(subject: str, name: str, kind: Any, option: Any) -> inspect.Parameter:
    return inspect.Parameter(
        f"{subject}_{name}", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def _read(param: Param, typed: Any) -> Any:
    """The number that was typed; what is none is left as it is, for the setting to refuse."""
    for number in () if isinstance(param, (Choice, Flag)) else (int, float):
        try:
            return number(typed)
        except ValueError:
            continue
    return typed


def _grouped() -> Iterator[inspect.Parameter]:
    for group in GROUPS:
        for param in params(group):
            yield _option("training", param, str(group.heading))


def _options(subject: str, params: Sequence[Param], heading: str) -> Iterator[inspect.Parameter]:
    for param in params:
        yield _option(subject, param, heading)


_FOLDER = typer.Option(
    flag("data", "folder"),
    metavar="FOLDER",
    help=_("The folder of the pictures, for a data set that does not come with cnnlab."),
    rich_help_panel=_("Data"),
)

# What ``taking`` takes.
DATA = Subject(
    "data",
    _DATA_PARAMS,
    (_parameter("data", "folder", Path | None, _FOLDER), *_options("data", _DATA_PARAMS, _("Data"))),
)
TRAINING = Subject("training", TRAINING_PARAMS, tuple(_grouped()))
AUGMENTATION = Subject(
    "augmentation", AUGMENTATION_PARAMS, tuple(_options("augmentation", AUGMENTATION_PARAMS, _("Augmentation")))
)
PREPARATION = Subject(
    "preparation",
    _PREPARATION_PARAMS,
    tuple(_options("preparation", _PREPARATION_PARAMS, _("Preparation of the pictures"))),
)
