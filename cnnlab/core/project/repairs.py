"""Mechanical remedies that a problem offers as a button, by name, so that a problem stays a plain value."""

from __future__ import annotations

from collections.abc import Callable

from cnnlab.core.graph.facts import Repair
from cnnlab.core.graph.graph import new_uid
from cnnlab.core.project import changes
from cnnlab.core.project.project import Project


def insert_before(project: Project, uid: str, port: int, key: str) -> Project:
    """Put a new layer of type ``key`` into the wire that ends in port ``port`` of ``uid``, half-way between the two cards."""
    wire = next(wire for wire in project.graph.incoming(uid) if wire.target_port == port)
    places = project.layout.positions
    (x0, y0), (x1, y1) = places.get(wire.source, (0.0, 0.0)), places.get(uid, (0.0, 0.0))
    # A little lower than the middle, so that the new card does not hide the wire when the neighbours are close.
    new = new_uid()
    project = changes.add_layer(project, key, ((x0 + x1) / 2, (y0 + y1) / 2 + 64), uid=new)
    return changes.insert_on_wire(project, wire, new)


def set_param(project: Project, uid: str, name: str, value: object) -> Project:
    """Set one parameter of one layer."""
    return changes.set_params(project, uid, **{name: value})


def remove_layer(project: Project, uid: str) -> Project:
    """Take a layer out of its chain."""
    return changes.remove_and_join(project, uid)


def match_channels(project: Project, uid: str, port: int, channels: int) -> Project:
    """Put a 1×1 convolution with ``channels`` filters into the wire that ends in port ``port`` of ``uid``."""
    repaired = insert_before(project, uid, port, "conv2d")
    new = repaired.graph.nodes[-1]
    return changes.set_params(repaired, new.uid, out_channels=channels, kernel_size=1)


def replace_layer(project: Project, uid: str, key: str) -> Project:
    """Put a new layer of type ``key``, with its usual settings, in the place of a layer with one input."""
    (wire,) = project.graph.incoming(uid)
    repaired = insert_before(project, uid, wire.target_port, key)
    place = project.layout.positions.get(uid, (0.0, 0.0))
    return changes.move(changes.remove_and_join(repaired, uid), {repaired.graph.nodes[-1].uid: place})


def set_training(project: Project, name: str, value: object) -> Project:
    """Set one setting of training."""
    return changes.set_training(project, **{name: value})


def set_augmentation(project: Project, name: str, value: object) -> Project:
    """Set one setting of the augmentation."""
    return changes.set_augmentation(project, **{name: value})


_ACTIONS: dict[str, Callable[..., Project]] = {
    action.__name__: action
    for action in (
        insert_before,
        set_param,
        remove_layer,
        match_channels,
        replace_layer,
        set_training,
        set_augmentation,
    )
}


def apply(project: Project, repair: Repair) -> Project:
    """The project after the remedy."""
    return _ACTIONS[repair.action](project, *repair.args)
