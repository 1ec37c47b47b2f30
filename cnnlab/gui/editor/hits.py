"""What lies at a point of the canvas: a port before the card that it belongs to, a card before a wire."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.core.graph.graph import Port, Wire
from cnnlab.core.layout.canvas import CardId


@dataclass(frozen=True)
class OnPort:
    """A port, and the card that shows it."""

    port: Port
    card: CardId


@dataclass(frozen=True)
class OnCard:
    """The body of a card."""

    card: CardId


@dataclass(frozen=True)
class OnWire:
    """A wire, where no card lies over it."""

    wire: Wire


@dataclass(frozen=True)
class OnGround:
    """Nothing but the canvas."""


Hit = OnPort | OnCard | OnWire | OnGround
