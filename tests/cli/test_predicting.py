from __future__ import annotations

from pathlib import Path

from commands import Command, digits, refusal
from PIL import Image

from cnnlab.core.project import changes
from cnnlab.core.project.project import Project
from cnnlab.engine.archive import save
from cnnlab.engine.data.datasets import mnist


def test_pictures_that_cannot_be_read_do_not_stop_the_others(here: Path, trained: Path, command: Command) -> None:
    (here / "text.png").write_text("no picture")
    good = digits(here, 2)
    done = command("predict", trained, good[0], here / "text.png", here / "none.png", good[1])
    assert done.code == 1
    assert [line.split("\t")[0] for line in done.out.splitlines()] == [str(path) for path in good]
    assert [line.split(": ")[0] for line in done.err.splitlines()] == [str(here / "text.png"), str(here / "none.png")]
    assert done.err.endswith("none.png: There is no such file.\n")


def test_a_digit_on_paper_is_read_as_a_drawing(here: Path, trained: Path, command: Command) -> None:
    seven = Image.fromarray(mnist().test.images[0, 0].numpy()).resize((140, 140), Image.Resampling.BOX)
    paper = Image.new("L", (400, 300), 240)
    paper.paste(seven.point(lambda value: 240 - value * 220 // 255), (20, 110))
    paper.save(here / "paper.png")
    assert command("predict", trained, here / "paper.png", "--as-drawing").out.split("\t")[1] == "7"
    Image.new("L", (50, 50), 240).save(here / "blank.png")
    assert "nothing that stands out" in refusal(command, "predict", trained, here / "blank.png", "--as-drawing")


def test_layers_that_were_never_trained_are_named(here: Path, once_trained: Project, command: Command) -> None:
    edited = changes.add_layer(once_trained, "linear", (0, 0), uid="new", out_features=10)
    edited = changes.insert_on_wire(edited, edited.graph.incoming("output")[0], "new")
    edited = changes.rename(edited, "new", "added")
    save(edited, here / "edited.cnnlab")
    done = command("predict", "edited.cnnlab", *digits(here, 1))
    assert done.code == 0
    assert "so the results mean little: added." in done.err
