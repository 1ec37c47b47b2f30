"""How much room cards need where they are laid out, in canvas units (pixels at zoom 1), which places in files are in, too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spacing:
    """The room of cards that are all of one size."""

    card: tuple[float, float]
    """Width and height that a card covers."""
    pitch: tuple[float, float]
    """From one card to the next, along a row and from row to row."""


SPACING = Spacing(card=(176.0, 128.0), pitch=(232.0, 176.0))
"""What networks are laid out with that no window has shown yet, and what the window draws its cards to."""
