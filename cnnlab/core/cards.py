"""How much room the card of a layer takes on the canvas, in canvas units (pixels at zoom 1)."""

from __future__ import annotations

CARD = (176.0, 128.0)
"""Width and height of a layer card."""
PITCH = (232.0, 176.0)
"""From one card to the next, along a row and from row to row."""
