"""Matches the tensors of a file with the layers of a network: what fits, what is missing, what is left over."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnnlab.core.graph.graph import Graph
from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.project import checks
from cnnlab.core.project.project import Project
from cnnlab.engine.network import state
from cnnlab.engine.weight_files.errors import WeightFileError
from cnnlab.engine.weight_files.reading import Tensors

Status = Literal["fits", "missing", "misshaped"]
_NAMED = 3
"""How many layers a sentence names before it says "and 12 more"."""


@dataclass(frozen=True)
class LayerMatch:
    """One layer of the network that has weights, and what the file has for it."""

    uid: str
    path: str
    status: Status
    """``misshaped`` where a tensor has another shape or kind, ``missing`` where the file has not all of them."""
    text: Message
    """The status as a sentence about the layer."""
    tensors: Mapping[str, np.ndarray]
    """By key of the network's ``state_dict``; empty unless it fits."""


@dataclass(frozen=True)
class Extra:
    """Tensors in the file that the network has no place for."""

    path: str
    """The path that the layer would have."""
    names: tuple[str, ...]
    text: Message


@dataclass(frozen=True)
class Match:
    """A file beside a network. ``layers`` are in execution order."""

    layers: tuple[LayerMatch, ...]
    extra: tuple[Extra, ...]
    notes: tuple[Message, ...]
    """How names were changed and what of a checkpoint was read, and which weights are NaN or infinite."""

    @property
    def fits(self) -> tuple[LayerMatch, ...]:
        return self._of("fits")

    @property
    def missing(self) -> tuple[LayerMatch, ...]:
        return self._of("missing")

    @property
    def misshaped(self) -> tuple[LayerMatch, ...]:
        return self._of("misshaped")

    @property
    def whole(self) -> bool:
        """Whether every layer fits and the file has nothing else."""
        return bool(self.fits) and not (self.missing or self.misshaped or self.extra)

    @property
    def text(self) -> Message:
        """The result in one or two sentences."""
        if self.whole:
            return _("The weights fit all {count} layers.", count=len(self.layers))
        faults = [layer.text for layer in (*self.misshaped, *self.missing)] + [extra.text for extra in self.extra]
        named = " ".join(map(str, faults[:_NAMED]))
        rest = len(faults) - _NAMED
        return _(
            "The weights fit {fits} of {count} layers. {faults}",
            fits=len(self.fits),
            count=len(self.layers),
            faults=named if rest <= 0 else _("{named} And {rest} more like this.", named=named, rest=rest),
        )

    def _of(self, status: Status) -> tuple[LayerMatch, ...]:
        return tuple(layer for layer in self.layers if layer.status == status)


def match(graph: Graph, tensors: Mapping[str, np.ndarray]) -> Match:
    """Match ``tensors``, by the names in their file, with the layers of ``graph``; nothing is changed.

    Names are read without what DataParallel and ``torch.compile`` put before them, and as torchvision reads old files for
    DenseNet. A missing count of batches is 0, as torch has it for files from before it was counted. A layer that does not
    lead to the Output may stay without numbers."""
    places = state.places(graph)
    names, notes = renamed(tensors, places)
    given = {new: tensors[name] for name, new in names.items()}
    leading = checks.leading(graph)
    wanted: dict[str, dict[str, state.TensorSlot]] = {}
    for key, place in places.items():
        wanted.setdefault(place.uid, {})[key] = place
    layers = tuple(
        _layer(graph.by_uid[uid].path, needed, given)
        for uid, needed in wanted.items()
        if uid in leading or needed.keys() & given.keys()
    )
    extra = _extra(graph, [name for name in given if name not in places])
    if isinstance(tensors, Tensors):
        notes = (*tensors.notes, *notes)
    return Match(layers, extra, (*notes, *_not_finite(layers)))


def put(project: Project, match: Match, *, partly: bool = False) -> Project:
    """The project with weights from the file in the layers that fit; training steps count from 0 again.

    Unless ``partly``, everything must fit, or nothing is loaded: raises ``WeightFileError`` ("does-not-fit"), as it does
    where nothing fits at all."""
    if not match.whole and not (partly and match.fits):
        advice = (
            _("Load the {count} that fit, or choose another file.", count=len(match.fits))
            if match.fits
            else _("Choose the file that belongs to this network.")
        )
        text = _("Nothing was loaded, and the network is unchanged. {fault} {advice}", fault=match.text, advice=advice)
        raise WeightFileError("does-not-fit", text)
    return state.from_state_dict(project, {key: array for layer in match.fits for key, array in layer.tensors.items()})


def _layer(path: str, needed: Mapping[str, state.TensorSlot], given: Mapping[str, np.ndarray]) -> LayerMatch:
    uid = next(iter(needed.values())).uid
    absent = [key for key in needed if key not in given and not state.is_counter(key)]
    found = {key: given[key] for key in needed if key in given}
    for key, array in found.items():
        place = needed[key]
        if array.shape != place.shape:
            text = _(
                "“{path}” needs {needed} for its {name}, and the file has {given}.",
                path=path, name=place.name, needed=_size(place.shape), given=_size(array.shape),
            )  # fmt: skip
            return LayerMatch(uid, path, "misshaped", text, {})
        if array.dtype.kind != ("i" if state.is_counter(key) else "f"):
            text = _(
                "“{path}” needs another number type for its {name} than the file has ({kind}).",
                path=path, name=place.name, kind=array.dtype.name,
            )  # fmt: skip
            return LayerMatch(uid, path, "misshaped", text, {})
    if len(absent) == len([key for key in needed if not state.is_counter(key)]):
        return LayerMatch(uid, path, "missing", _("The file has nothing for “{path}”.", path=path), {})
    if absent:
        names = ", ".join(needed[key].name for key in absent)
        text = _("The file has no {names} for “{path}”.", path=path, names=names)
        return LayerMatch(uid, path, "missing", text, {})
    counters = {key: np.zeros((), np.int64) for key in needed if key not in given}
    return LayerMatch(uid, path, "fits", _("“{path}” fits.", path=path), {**found, **counters})


def _extra(graph: Graph, names: list[str]) -> tuple[Extra, ...]:
    by_path: dict[str, list[str]] = {}
    for name in sorted(names):
        path = name if name in graph.by_path else name.rpartition(".")[0] or name
        by_path.setdefault(path, []).append(name)
    return tuple(Extra(path, tuple(held), _extra_text(graph, path)) for path, held in by_path.items())


def _extra_text(graph: Graph, path: str) -> Message:
    if path in graph.by_path:
        return _(
            "The file has more tensors for “{path}” than the layer uses with its present settings and connections.",
            path=path,
        )
    return _("The file has “{path}”, and the network has no such layer.", path=path)


def _not_finite(layers: tuple[LayerMatch, ...]) -> tuple[Message, ...]:
    paths = [
        layer.path
        for layer in layers
        if any(array.dtype.kind == "f" and not np.isfinite(array).all() for array in layer.tensors.values())
    ]
    if not paths:
        return ()
    return (_("Some weights in the file are NaN or infinite: {names}.", names=", ".join(paths)),)


def _size(shape: tuple[int, ...]) -> str:
    return show(shape) or "1"


_PREFIXES = ("module.", "_orig_mod.")
"""What ``torch.nn.DataParallel`` and ``torch.compile`` put before names."""
_OLD_DENSENET = re.compile(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.(?:weight|bias|running_mean|running_var))")
"""Files for DenseNet from before 2018 say ``norm.1``, torchvision's layers are called ``norm1``. Source: the pattern in
``torchvision.models.densenet._load_state_dict``."""


def renamed(names: Collection[str], wanted: Collection[str]) -> tuple[dict[str, str], tuple[Message, ...]]:
    """The name in a network with the keys ``wanted`` for each of ``names``, and notes on what was changed. A name that the network
    has is unchanged, and so is one that two would share."""
    result = {name: name for name in names}
    notes: list[Message] = []
    while prefix := _common_prefix(result.values(), wanted):
        result = {name: new.removeprefix(prefix) for name, new in result.items()}
        notes.append(_("The names in the file begin with “{prefix}”, which was removed.", prefix=prefix))
    taken = set(result.values())
    for name, new in result.items():
        old = None if new in wanted else _OLD_DENSENET.fullmatch(new)
        if old and old[1] + old[2] in wanted and old[1] + old[2] not in taken:
            result[name] = old[1] + old[2]
    if set(result.values()) != taken:
        notes.append(_("The file has old names of DenseNet’s layers, such as “norm.1”, which were read as “norm1”."))
    return result, tuple(notes)


def _common_prefix(names: Collection[str], wanted: Collection[str]) -> str:
    """The prefix that a wrapper put before all ``names``; empty if there is none, or if the network has one of the names."""
    if not names or not set(wanted).isdisjoint(names):
        return ""
    return next((prefix for prefix in _PREFIXES if all(name.startswith(prefix) for name in names)), "")
