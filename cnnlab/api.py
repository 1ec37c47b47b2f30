"""cnnlab from scripts and notebooks: projects, networks, edits and exports, without a window.

Everything here is also ``cnnlab.<name>``. A project is a frozen value: an edit returns another one. Layers are called by
their paths, such as ``layer1.0.conv1``. What cannot be done raises ``Refusal``, a ``ValueError`` whose text says what to do.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.core import catalog
from cnnlab.core import templates as _templates
from cnnlab.core.graph.facts import Facts, Problem
from cnnlab.core.graph.graph import Graph, GraphError, Node, Wire, new_uid
from cnnlab.core.graph.shapes import Shape
from cnnlab.core.layout.spacing import SPACING as _SPACING
from cnnlab.core.messages import Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.project import changes, checks, conversions
from cnnlab.core.project.goals import goal
from cnnlab.core.project.project import Project

if TYPE_CHECKING:
    from torch import Tensor, nn

    from cnnlab.engine.exports import Summary
    from cnnlab.engine.inspection.inputs import Given
    from cnnlab.engine.inspection.prediction import Prediction

__all__ = [
    "Project",
    "Refusal",
    "add",
    "build",
    "connect",
    "disconnect",
    "export",
    "export_code",
    "export_onnx",
    "import_module",
    "import_torchvision",
    "layers",
    "load",
    "load_weights",
    "predict",
    "problems",
    "remove",
    "rename",
    "save",
    "set_params",
    "shapes",
    "summary",
    "template",
    "templates",
    "to_convolution",
    "to_linear",
]


# Projects


def load(path: str | Path) -> Project:
    """The project in a ``.cnnlab`` file. Raises ``Refusal`` for a file that is missing, damaged or none of cnnlab's."""
    from cnnlab.engine.archive import open_project

    return open_project(Path(path)).project


def save(project: Project, path: str | Path) -> None:
    """Write ``project`` into a ``.cnnlab`` file, whole or not at all; a file that is there is replaced, and stays beside it
    as ``.cnnlab.bak``."""
    from cnnlab.engine.archive import save as save_project

    save_project(project, Path(path))


def templates() -> list[str]:
    """Names of the networks to start from, for ``template``."""
    return list(_templates.BY_KEY)


def template(name: str) -> Project:
    """A new project from the network called ``name``, e.g. ``"resnet18"``."""
    if name not in _templates.BY_KEY:
        raise GraphError(
            _(
                "There is no template “{name}”. Similar names: {known}. “templates()” lists all.",
                name=name, known=_near(name, _templates.BY_KEY),
            )
        )  # fmt: skip
    return _templates.BY_KEY[name].build()


def import_torchvision(name: str, weights: str | None = None) -> Project:
    """One of torchvision's classification CNNs by its name there, e.g. ``"resnet50"``, as editable layers. ``weights`` is a
    name of torchvision's, e.g. ``"DEFAULT"``, which torchvision downloads; without it the weights are random."""
    from cnnlab.engine import importer

    return importer.import_torchvision(name, weights)


def import_module(module: nn.Module, example_input: Tensor) -> Project:
    """A network of your own with its weights, traced at ``example_input`` ``(N, C, H, W)``: one tensor in, one logit for each
    class out, every layer with weights used once. What cannot be traced raises ``Refusal``, which names the line. The project's
    ``note`` lists what is not imported: layers that are never used, code that depends on the size of the pictures, and
    ``requires_grad=False`` of parameters."""
    from cnnlab.engine import importer

    return importer.import_module(module, example_input)


# What they are


def build(project: Project) -> nn.Module:
    """The network as a PyTorch module on the CPU, in training mode, with the project's weights; layers that have none get random
    ones from ``project.training.seed``. It maps pictures ``(N, C, H, W)`` of any size that its layers allow to logits
    ``(N, classes)``, and the keys of its ``state_dict`` are paths."""
    from cnnlab.engine.network import state

    return state.network(project).train()


def predict(project: Project, picture: Given, *, as_drawing: bool = False) -> Prediction:
    """What the network predicts for a picture, as in the window and in ``cnnlab predict``: its ``label``, its ``probability``
    and all ``outputs``. ``picture`` is a file, the number of a test picture from 0, or pixels uint8 ``(H, W)`` or ``(H, W, 3)``,
    of a tensor ``(1, H, W)`` or ``(3, H, W)``; it is prepared as in evaluation. ``as_drawing`` takes a file as a photograph of
    ink on paper, and grey pixels as a drawing, ink 255 on 0."""
    from cnnlab.engine.inspection.prediction import Predictor

    return Predictor(project).predict(picture, as_drawing=as_drawing)


def shapes(project: Project) -> dict[str, Shape]:
    """Output size of every layer that runs, ``(C, H, W)`` or ``(F,)``, by path in execution order, the input first. Of a
    layer with several outputs it is the first one's."""
    facts = _facts(project)
    return {project.graph.by_uid[uid].path: facts.nodes[uid].outputs[0] for uid in facts.order}


def problems(project: Project) -> list[Problem]:
    """What is wrong with the network, what is missing, and what is probably a mistake; ``str`` of each is a sentence."""
    return list(_facts(project).problems)


def summary(project: Project) -> Summary:
    """The layers with their output sizes, parameters and multiply–accumulate operations; printing it shows a table."""
    from cnnlab.engine import exports

    return exports.summary(project)


def export_code(project: Project) -> str:
    """The source code of the network: one readable PyTorch module that does not import cnnlab."""
    from cnnlab.engine import codegen

    return codegen.export_code(project).text


def export_onnx(project: Project, path: str | Path) -> None:
    """Write the network in evaluation mode as ONNX, from pictures ``(batch, C, H, W)`` to logits ``(batch, classes)``, with a
    batch of any size. Needs the packages onnx and onnxscript (the extra ``onnx``)."""
    from cnnlab.engine.exports import formats

    formats.write(project, Path(path), formats.BY_SUFFIX[".onnx"])


def export(project: Project, path: str | Path) -> None:
    """Write the network in the format that the ending of ``path`` says: ``.py`` source code, ``.onnx``, ``.pt2`` for
    ``torch.export.load``, ``.safetensors`` weights alone, ``.md`` or ``.csv`` the table of the layers."""
    from cnnlab.engine.exports import formats

    formats.write(project, Path(path))


def _facts(project: Project) -> Facts:
    from cnnlab.engine.network import shapes

    return shapes.infer(project.graph, goal(project))


# Edits


def layers() -> dict[str, dict[str, Any]]:
    """The names of all layers for ``add``, each with its settings and their defaults."""
    return {key: dict(spec.defaults()) for key, spec in catalog.BY_KEY.items()}


def add(project: Project, layer: str, path: str | None = None, *, after: str | None = None, **params: Any) -> Project:
    """The project with a new layer, e.g. ``add(project, "conv2d", "conv4", after="pool3", out_channels=64)``; ``layers()`` lists
    what there is. Without ``path`` it is named after its type. ``after`` puts it behind a layer with one output, into every wire
    that starts there."""
    key = str(layer).lower()  # torch's own names, such as Conv2d, are ours in another case
    if key not in catalog.BY_KEY:
        raise GraphError(
            _(
                "There is no layer “{name}”. Similar names: {known}. “layers()” lists all.",
                name=layer, known=_near(key, catalog.BY_KEY),
            )
        )  # fmt: skip
    uid = new_uid()
    project = changes.add_layer(project, key, _beside_all(project), uid, **params)
    if path is not None:
        project = changes.rename(project, uid, path)
    if after is None:
        return project
    before = _node(project.graph, after)
    spec = catalog.find(before)
    if spec and spec.ports(before.params) > 1:
        raise GraphError(
            _("{name} has several outputs. Add the layer without “after”, then connect it to one of them.", name=after)
        )
    fed = project.graph.outgoing(before.uid)
    project = _connected(project, Wire(before.uid, uid))
    for wire in fed:
        project = _connected(project, replace(wire, source=uid))
    return project


def connect(
    project: Project, source: str, target: str, *, source_port: int = 0, target_port: int | None = None
) -> Project:
    """The project with a wire from ``source`` to ``target``; a wire that already ends in the same port is replaced. Without
    ``target_port`` a layer with many inputs gets the wire in its next free port, any other in its only one."""
    graph = project.graph
    giver, taker = _node(graph, source), _node(graph, target)
    if target_port is None:
        spec = catalog.find(taker)
        taken = {wire.target_port for wire in graph.incoming(taker.uid)} if spec and spec.is_join else set()
        target_port = next(port for port in itertools.count() if port not in taken)
    return _connected(project, Wire(giver.uid, taker.uid, source_port, target_port))


def disconnect(project: Project, source: str, target: str) -> Project:
    """The project without the wires from ``source`` to ``target``."""
    end = _uid(project.graph, target)
    wires = [wire for wire in project.graph.outgoing(_uid(project.graph, source)) if wire.target == end]
    if not wires:
        raise GraphError(_("No wire goes from {source} to {target}.", source=source, target=target))
    return changes.disconnect(project, wires)


def remove(project: Project, *paths: str) -> Project:
    """The project without these layers and their wires."""
    return changes.remove(project, [_uid(project.graph, path) for path in paths])


def set_params(project: Project, path: str, **params: Any) -> Project:
    """The project with some settings of one layer changed; their names are those of PyTorch's arguments."""
    return changes.set_params(project, _uid(project.graph, path), **params)


def rename(project: Project, path: str, new: str) -> Project:
    """The project with the layer at ``path`` renamed to ``new``; its wires and weights stay."""
    return changes.rename(project, _uid(project.graph, path), new)


def to_convolution(project: Project, path: str) -> Project:
    """The project with the Linear layer after a Flatten replaced by the equal convolution before it: same weights, same outputs."""
    return conversions.linear_to_conv(project, _facts(project), _uid(project.graph, path))


def to_linear(project: Project, path: str) -> Project:
    """The project with the convolution that covers all of its input replaced by the equal Linear layer: same weights, same
    outputs."""
    return conversions.conv_to_linear(project, _facts(project), _uid(project.graph, path))


def load_weights(project: Project, path: str | Path, *, partly: bool = False) -> Project:
    """The project with the weights of a ``.safetensors``, ``.pth`` or ``.pt`` file, matched by the names of its tensors. All must
    fit, or with ``partly`` some; else it raises ``Refusal``."""
    from cnnlab.engine import weight_files

    return weight_files.put(project, weight_files.match(project.graph, weight_files.read(Path(path))), partly=partly)


def _connected(project: Project, wire: Wire) -> Project:
    why = checks.refuse_wire(project.graph, Facts(), wire)
    if why:
        raise GraphError(why)
    return changes.connect(project, wire)


def _uid(graph: Graph, path: str) -> str:
    return _node(graph, path).uid


def _near(name: object, known: Iterable[str]) -> str:
    """The few of ``known`` that are spelled most alike, the nearest first."""
    return ", ".join(difflib.get_close_matches(str(name), list(known), 5, cutoff=0.0))


def _node(graph: Graph, path: str) -> Node:
    if not isinstance(path, str) or path not in graph.by_path:
        raise GraphError(_("There is no layer “{path}”.", path=path))
    return graph.by_path[path]


def _beside_all(project: Project) -> tuple[float, float]:
    """A position to the right of every card."""
    places = project.layout.positions.values()
    return max((x + _SPACING.pitch[0] for x, _y in places), default=0.0), min((y for _x, y in places), default=0.0)
