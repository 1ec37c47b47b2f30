"""What one layer type is: the single entry from which builder, shapes, form, palette, help and file format derive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cnnlab.core.graph.shapes import MAPS, VALUES, Shape
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.params import Param, ParamError
from cnnlab.core.values import Frozen

Params = Frozen[str, Any]
Rule = Callable[[Params, tuple[Shape, ...]], Message | None]
"""A check in our own words, made before torch is asked: from the parameters and the input shapes to what is wrong."""


FromInput = Callable[[tuple[Shape, ...]], Any]
"""What one argument is, by the shapes of all inputs (without batch)."""
Conflict = Callable[[Params], Message | None]
"""Why these settings cannot stand together, whatever arrives; None if they can."""
FormulaLine = Message | str
"""One line of arithmetic."""


class Family(StrEnum):
    """The groups of the palette; each has one hue."""

    TERMINAL = "terminal"
    FEATURES = "features"
    POOLING = "pooling"
    ACTIVATION = "activation"
    NORMALISATION = "normalisation"
    REGULARISATION = "regularisation"
    SHAPE = "shape"
    JOIN = "join"


FAMILY_TITLES: dict[Family, Message] = {
    Family.TERMINAL: _("Input and output"),
    Family.FEATURES: _("Features"),
    Family.POOLING: _("Pooling"),
    Family.ACTIVATION: _("Activation"),
    Family.NORMALISATION: _("Normalisation"),
    Family.REGULARISATION: _("Regularisation"),
    Family.SHAPE: _("Shape"),
    Family.JOIN: _("Join"),
}


class Sign(StrEnum):
    """What the values of an output can be, which picks its colour map."""

    SIGNED = "signed"
    NONNEGATIVE = "nonnegative"
    AS_INPUT = "as input"


MANY = 64
"""The most inputs that a join takes."""


@dataclass(frozen=True, kw_only=True, eq=False)  # each entry is one of its kind: hashing its fields would take long
class LayerSpec:
    """One layer type. ``make`` is the dotted name of a torch constructor, ``expr`` a torch expression; exactly one of the
    two is set, but for Input and Output, which have neither.

    The fields of an expression are ``{x}`` (the first input), ``{xs}`` (all, joined by commas), ``{sum}`` and
    ``{product}`` (all, joined by + and ×), ``{weight}`` (the bare parameter that ``weight`` makes) and what ``arguments``
    returns; a word needs ``{mode!r}``. Several outputs are a tuple."""

    key: str
    """The name in files; never changes."""
    version: int = 1
    """Raised when the meaning of a parameter changes."""
    title: Message
    family: Family
    icon: str
    stem: str
    """New layers are called ``stem1``, ``stem2``…"""
    description: Message
    """What it does, in two sentences."""
    params: tuple[Param, ...] = ()
    make: str = ""
    expr: str = ""
    weight: str = ""
    """A torch expression over ``arguments`` that makes the one bare parameter of ``expr``. Its key in a ``state_dict`` is
    the path of the node itself."""
    from_input: Mapping[str, FromInput] = Frozen()
    """Arguments that the wire decides, by name: functions of the input shapes (``channels``, ``features``)."""
    as_arguments: Callable[[Params, tuple[Shape, ...]], Mapping[str, Any]] = lambda params, inputs: params
    """The settings as torch's arguments, where they are not just that: four paddings are one tuple."""
    inputs: tuple[int, int] = (1, 1)
    """The fewest and the most inputs."""
    outputs: int = 1
    """The most outputs; ``ports`` tells how many a node has."""
    outputs_param: str = ""
    """The parameter that says how many outputs there are; always ``outputs`` if empty."""
    keeps_size: bool = False
    """Whether the output always has the size of the (first) input, so that torch need not be asked at every edit."""
    accepts: tuple[int, ...] = (MAPS, VALUES)
    """Ranks of input that are allowed; torch lets wrong ones through silently."""
    rules: tuple[Rule, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """Checks of the settings among themselves, made before ``rules``; the form refuses at the field what they refuse."""
    sign: Sign = Sign.AS_INPUT
    macs: Callable[[Params, tuple[Shape, ...], Shape], int] = lambda params, inputs, output: 0
    """Multiply–accumulate operations for one picture, from the parameters, the input shapes and the output's."""
    summary: Callable[[Params], Message | None] = lambda params: None
    """The one line on the card: what was chosen."""
    formula: Callable[[Params, tuple[Shape, ...]], tuple[FormulaLine, ...]] = lambda params, inputs: ()
    """The output size as arithmetic with the current numbers filled in: one line for each axis that changes, and its last
    number is the size."""
    remark: Callable[[Params, tuple[Shape, ...]], Message | None] = lambda params, inputs: None
    """What the formula does not tell by itself, such as pixels that are never read."""

    def arguments(self, params: Params, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        """What the constructor or the expression gets: what the input shapes decide, then the settings."""
        return {name: decide(inputs) for name, decide in self.from_input.items()} | dict(
            self.as_arguments(params, inputs)
        )

    def conflict(self, params: Params) -> Message | None:
        """The first reason why these settings cannot stand together."""
        return next((why for check in self.conflicts if (why := check(params))), None)

    def ports(self, params: Mapping[str, Any]) -> int:
        """How many outputs a node with these parameters has."""
        if not self.outputs_param:
            return self.outputs
        return params.get(self.outputs_param, self.param(self.outputs_param).default)

    @property
    def is_join(self) -> bool:
        """Whether it takes a variable number of ordered inputs."""
        return self.inputs[0] != self.inputs[1]

    def param(self, name: str) -> Param:
        """The parameter called ``name``; ``KeyError`` if there is none."""
        for param in self.params:
            if param.name == name:
                return param
        raise KeyError(name)

    def defaults(self) -> Params:
        """Every parameter at its default."""
        return Frozen({param.name: param.normal(param.default) for param in self.params})

    def normal(self, values: Mapping[str, Any]) -> Params:
        """``values`` in normal form, defaults filled in. Raises ``ParamError`` for a bad value or an unknown name."""
        unknown = set(values) - {param.name for param in self.params}
        for name in sorted(unknown & set(self.from_input)):
            raise ParamError(
                _("{name} of {layer} is not set: it follows from what feeds the layer.", name=name, layer=self.title)
            )
        if unknown:
            raise ParamError(_("{layer} has no setting called {name}.", layer=self.title, name=min(unknown)))
        return Frozen({param.name: param.normal(values.get(param.name, param.default)) for param in self.params})
