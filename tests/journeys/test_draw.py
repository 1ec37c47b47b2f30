"""Draw a digit and see bars, cards and maps follow the mouse, also while the net trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from journeys.person import Person

from cnnlab.engine.inspection.looks import Seen

SEVEN = [[(0.25, 0.25), (0.75, 0.25), (0.45, 0.8)]]


def test_drawing_moves_everything(person: Person) -> None:
    window = person.window
    seen: list[Seen] = []
    window.inspect.seen.connect(seen.append)
    person.click(person.viewport, person.card("conv1"))
    person.until(lambda: seen and seen[-1].layer)
    blank = seen[-1]
    assert window.prediction.bars.winner is None
    person.draw(SEVEN)
    person.until(lambda: seen[-1].steps is not None and not seen[-1].steps.empty)
    drawn = seen[-1]
    assert drawn.layer is not None
    assert blank.layer is not None
    assert not np.array_equal(drawn.layer.maps, blank.layer.maps)
    assert set(drawn.strips) == set(window.canvas.visible.layers) == set(window.document.project.graph.by_uid)
    person.until(lambda: window.prediction.bars.winner == int(drawn.probabilities.argmax()))
    # The preparation ends in what the network received.
    assert drawn.steps is not None
    assert drawn.received is not None
    expected = (drawn.steps.centred.astype(np.float32) / 255 - 0.1307) / 0.3081
    np.testing.assert_allclose(drawn.received[0], expected, atol=1e-5)
    window.inspect.seen.disconnect(seen.append)


def test_maps_move_while_it_trains(person: Person) -> None:
    window = person.window
    person.draw(SEVEN)
    steps: list[int] = []

    def note(seen: Seen) -> None:
        if seen.why is None:
            steps.append(seen.step)

    window.inspect.seen.connect(note)
    person.run("Train")
    person.until(lambda: len({step for step in steps if step}) >= 3)
    window.inspect.seen.disconnect(note)
    assert steps == sorted(steps)
    assert "during training" in window.prediction.caption.text()
    person.run("Stop")
    person.until(lambda: window.training.state.value == "idle")


def test_test_picture_is_an_input(person: Person) -> None:
    person.press("Test picture")
    person.window.input_panel.number.setValue(15)
    person.until(lambda: "True class: 5" in person.window.prediction.caption.text())


@pytest.mark.parametrize("as_drawing", [False, True])
def test_picture_file_is_an_input(person: Person, tmp_path: Path, as_drawing: bool) -> None:
    from PIL import Image

    page = np.full((120, 120), 230, np.uint8)
    page[30:90, 55:65] = 20
    path = tmp_path / "one.png"
    Image.fromarray(page).save(path)
    seen: list[Seen] = []
    person.window.input_panel.as_drawing.setChecked(as_drawing)
    person.window.inspect.seen.connect(seen.append)
    person.window.input_panel.open_file(path)
    person.until(lambda: seen and seen[-1].picture.any())  # a look at the empty pad may still be on its way
    person.window.inspect.seen.disconnect(seen.append)
    corner = seen[-1].picture[0, 0, 0]
    assert corner == 0 if as_drawing else corner > 200
    assert (seen[-1].steps is not None) == as_drawing


def test_picture_that_is_none_is_told(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_text("no picture")
    person.window.input_panel.open_file(path)
    person.until(lambda: "text.png" in person.window.banner.text)
    assert "Traceback" not in person.window.banner.text
