"""How exported code reads, on small networks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from exported import module_of, pictures, ruff, twins
from small_networks import CHAIN, Layer
from small_networks import project as made

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.core.graph.graph import Wire
from cnnlab.core.project import changes
from cnnlab.core.project.project import Block, Layout, Project
from cnnlab.core.values import Frozen
from cnnlab.engine.codegen import Code, export_code
from cnnlab.engine.network.network import BuildError

HEAD: tuple[Layer, ...] = (("mean", "globalavgpool", {}), ("fc", "linear", {"out_features": 3}))
PLAIN = '''"""Chain.

Small.

Input (N, 2, 8, 7), output (N, 5); 329 parameters.
Pictures in 0...1, less mean 0.1307, divided by 0.3081.
"""

from torch import nn


class Chain(nn.Module):
    """(N, 2, 8, 7) -> (N, 5)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.drop = nn.Dropout()
        self.fc = nn.Linear(48, 5)

    def forward(self, x):
        x = self.conv1(x)
        x = self.bn1(x)
        x = self.relu1(x)
        x = self.pool1(x)
        x = self.flatten(x)
        x = self.drop(x)
        return self.fc(x)
'''


def of_kind(project: Project, **kinds: str) -> Project:
    """With the classes of blocks known; ``__`` in a name stands for a dot."""
    blocks = {path.replace("__", "."): Block(kind) for path, kind in kinds.items()}
    return replace(project, layout=Layout(blocks=Frozen(blocks)))


@torch.no_grad()
def checked(project: Project) -> Code:
    """The code of a project; it computes the same."""
    code = export_code(project)
    network, exported = twins(project, code)
    x = pictures(project)
    assert torch.equal(exported.eval()(x), network.eval()(x))
    return code


def residual(path: str, source: str, width: int, *, convolved: bool) -> tuple[Layer, ...]:
    shortcut: tuple[Layer, ...] = ((f"{path}.down", "conv2d", {"out_channels": width, "kernel_size": 1}, [source]),)
    return (
        (f"{path}.conv", "conv2d", {"out_channels": width, "padding": 1}, [source]),
        (f"{path}.relu", "relu", {}),
        *(shortcut if convolved else ()),
        (f"{path}.add", "add", {}, [f"{path}.relu", f"{path}.down" if convolved else source]),
    )


def test_a_plain_network_is_one_line_a_layer() -> None:
    assert checked(replace(CHAIN, note="Small. And quick.")).text == PLAIN


def test_a_layer_has_the_lines_that_make_and_call_it() -> None:
    code = export_code(CHAIN)
    lines = code.text.splitlines()

    def own(path: str) -> list[str]:
        return [lines[number - 1].strip() for numbers in code.lines[f"uid-{path}"] for number in numbers]

    assert own("bn1") == ["self.bn1 = nn.BatchNorm2d(4)", "x = self.bn1(x)"]
    assert own("input") == ["def forward(self, x):"]
    assert own("output") == ["return self.fc(x)"]


def test_blocks_share_a_class_with_and_without_a_layer_on_the_shortcut() -> None:
    project = made(
        *residual("a", "input", 4, convolved=True), *residual("b", "a.add", 4, convolved=False),
        *residual("c", "b.add", 6, convolved=True), *HEAD,
    )  # fmt: skip
    code = checked(of_kind(project, a="Residual", b="Residual", c="Residual"))
    assert code.text.count("class ") == 2
    assert "def __init__(self, in_channels, out_channels, down=False):" in code.text
    for line in ("a = Residual(2, 4, down=True)", "b = Residual(4, 4)", "c = Residual(4, 6, down=True)"):
        assert f"        self.{line}\n" in code.text
    assert code.lines["uid-a.conv"] == code.lines["uid-b.conv"] == code.lines["uid-c.conv"]


def test_blocks_share_a_class_with_and_without_a_shortcut_at_their_end() -> None:
    def block(path: str, source: str, width: int, *, adds: bool) -> tuple[Layer, ...]:
        end: tuple[Layer, ...] = ((f"{path}.add", "add", {}, [f"{path}.conv", source]),)
        conv: Layer = (f"{path}.conv", "conv2d", {"out_channels": width, "padding": 1}, [source])
        return (conv, *(end if adds else ()))

    project = made(*block("a", "input", 4, adds=False), *block("b", "a.conv", 4, adds=True), *HEAD)
    text = checked(of_kind(project, a="Step", b="Step")).text
    assert "self.a = Step(2)\n        self.b = Step(4, shortcut=True)" in text
    assert "if not self.shortcut:\n            return y\n        return y + x" in text


def test_numbers_in_an_expression_become_attributes() -> None:
    project = made(
        ("a.conv", "conv2d", {"out_channels": 6}), ("a.shuffle", "channelshuffle", {"groups": 2}),
        ("b.conv", "conv2d", {"out_channels": 6}), ("b.shuffle", "channelshuffle", {"groups": 3}), *HEAD,
    )  # fmt: skip
    text = checked(of_kind(project, a="Mixed", b="Mixed")).text
    assert "self.groups = groups" in text
    assert "x.unflatten(1, (self.groups, -1))" in text


def test_parts_with_something_between_them_are_a_list() -> None:
    project = made(
        ("convs.0", "conv2d", {"out_channels": 2, "padding": 1}), ("add0", "add", {}, ["convs.0", "input"]),
        ("convs.1", "conv2d", {"out_channels": 2, "padding": 1}), ("add1", "add", {}, ["convs.1", "add0"]), *HEAD,
    )  # fmt: skip
    text = checked(project).text
    assert "self.convs = nn.ModuleList(" in text
    assert "x = y + x\n        y = self.convs[1](x)" in text


def test_a_missing_number_in_a_chain_is_an_identity() -> None:
    project = made(*[(f"features.{n}", "conv2d", {"out_channels": n + 1, "kernel_size": 1}) for n in (0, 2, 3)], *HEAD)
    text = checked(project).text
    places = ["nn.Conv2d(2, 1, kernel_size=1),", "nn.Identity(),", "nn.Conv2d(1, 3, kernel_size=1),"]
    assert "".join(f"            {place}\n" for place in places) in text


def test_an_expression_in_a_chain_is_a_small_module() -> None:
    project = made(("f.0", "conv2d", {"out_channels": 4}), ("f.1", "globalavgpool", {}), ("f.2", "linear", {}))
    text = checked(project).text
    assert "class GlobalAveragePooling(nn.Module):" in text
    assert (
        "nn.Sequential(\n            nn.Conv2d(2, 4, kernel_size=3), GlobalAveragePooling(), nn.Linear(4, 128)"
        not in text
    )
    assert "            GlobalAveragePooling(),\n" in text


def test_equal_blocks_in_a_row_are_a_loop() -> None:
    project = made(*[layer for n in range(4) for layer in (
        (f"s.{n}.conv", "conv2d", {"out_channels": 2, "padding": 1}), (f"s.{n}.relu", "relu", {}))], *HEAD)  # fmt: skip
    code = checked(project)
    assert "self.s = nn.Sequential(*[SBlock() for _ in range(4)])" in code.text
    assert code.lines["uid-s.0.conv"] == code.lines["uid-s.3.conv"]


def test_what_does_not_lead_to_the_output_is_left_out() -> None:
    project = made(*HEAD, ("loose", "relu", {}, ["mean"]))
    project = changes.connect(project, Wire("uid-fc", "uid-output"))
    assert "loose" not in checked(project).text


def test_a_network_that_is_not_complete_is_refused_with_the_reason() -> None:
    project = changes.disconnect(CHAIN, [Wire("uid-bn1", "uid-relu1")])
    with pytest.raises(BuildError, match="relu1"):
        export_code(project)


def test_classes_never_hide_arguments_of_the_same_name() -> None:
    kinds = {"a": "step", "b": "step", "c": "step", "a__down": "down", "b__down": "down"}
    layers: list[Any] = []
    for path, source in (("a", "input"), ("b", "a.add")):
        layers += [
            (f"{path}.down.conv", "conv2d", {"out_channels": 4, "padding": 1}, [source]),
            (f"{path}.conv", "conv2d", {"out_channels": 4, "padding": 1}, [source]),
            (f"{path}.relu", "relu", {}),
            (f"{path}.add", "add", {}, [f"{path}.relu", f"{path}.down.conv"]),
        ]
    last = residual("c", "b.add", 4, convolved=False)
    text = checked(of_kind(made(*layers, *last, *HEAD), **kinds)).text
    assert "if down:\n            self.down = Down(" in text


@pytest.mark.process
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("LeNet-5", "LeNet5"),
        ("my first net", "MyFirstNet"),
        ("18 layers", "Net18Layers"),
        ("网络", "Net"),
        ("none", "None_"),
        ("Überblick", "Uberblick"),
        ("l", "L"),
        ("i", "I_"),
        ("exception", "Exception_"),
        ("", "Net"),
        ('a """ quote \\', "AQuote"),
        ("line\nbreak \x00\u202e", "LineBreak"),
    ],
)
def test_any_title_gives_a_name_and_a_docstring(title: str, name: str, tmp_path: Path) -> None:
    text = export_code(replace(CHAIN, title=title, note=title)).text
    assert type(module_of(text)).__name__ == name
    (tmp_path / "network.py").write_text(text, encoding="utf-8")
    assert ruff(tmp_path) == ""


def test_the_docstring_says_how_pictures_are_normalised() -> None:
    colours = Preprocessing(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    text = export_code(replace(CHAIN, preprocessing=colours)).text
    assert "\nPictures in 0...1, less means (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225).\n" in text
