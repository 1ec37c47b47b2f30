"""Click a pixel of a convolution's map and read the arithmetic that made it."""

from __future__ import annotations

import re

import pytest
from journeys.person import Person
from PySide6.QtCore import QPoint

from cnnlab.core.numerals import significant

EIGHT = [[(0.5, 0.2), (0.3, 0.35), (0.7, 0.65), (0.5, 0.8), (0.3, 0.65), (0.7, 0.35), (0.5, 0.2)]]


@pytest.mark.parametrize(("layer", "channels"), [("conv1", 1), ("conv2", 32)])
def test_pixel_adds_up(person: Person, layer: str, channels: int) -> None:
    window = person.window
    person.draw(EIGHT)
    person.click(person.viewport, person.card(layer))
    window.tabs.setCurrentWidget(window.layer_views.maps)
    sheet = window.layer_views.maps.panel.sheet
    person.until(lambda: sheet.top)
    person.until(lambda: window.inspect.input.pixels.any())
    place = sheet.cell_rect((3, 5, 4)).center().toPoint()
    person.click(sheet, QPoint(place))
    person.until(lambda: window.tabs.currentWidget() is window.layer_views.pixel)
    view = window.layer_views.pixel
    assert f"{layer}, filter 3, row 5, column 4" in view.title.text()
    found = view.rows._found
    assert found is not None
    assert len(found.sums) == channels
    total = float((found.windows.astype("float64") * found.kernels).sum()) + found.bias
    assert total == pytest.approx(found.recorded, abs=1e-4)
    shown = re.search(r"= (\S+)\nrecorded by PyTorch: (\S+)", view.total.text())
    assert shown is not None
    assert shown.groups() == (significant(total, 5), significant(found.recorded, 5))
