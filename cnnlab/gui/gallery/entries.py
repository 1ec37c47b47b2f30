"""What the gallery lists: the templates along the course, then torchvision's models; and how a search finds them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnlab.core.graph.shapes import show
from cnnlab.core.messages import text as _
from cnnlab.core.numerals import short
from cnnlab.core.templates import CHAPTERS, TEMPLATES, Template

if TYPE_CHECKING:
    from cnnlab.engine.importer.published import Published

DATA_NAMES = {
    "mnist": "MNIST",
    "mnist_seven": "MNIST",
    "mnist_angle": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "imagenet": "ImageNet",
}
"""What the data sets are called in a few letters; names, so not translated."""


@dataclass(frozen=True)
class Entry:
    """One row of the gallery: a template of ours, or a model that torchvision describes."""

    key: str
    """Tells entries apart: a template's key, or ``torchvision:`` with the model's name."""
    title: str
    chapter: str
    line: str
    """The small print below the title."""
    trains_on: str
    """The name of the data set that it can be trained on; empty if there is none."""
    about: Template | Published
    search: str
    """Where a search looks, beside the title; in small letters."""

    def rank(self, wanted: Iterable[str]) -> int:
        """How well the words (in small letters) describe it: 0 not at all, 3 its title begins with the first."""
        text, title = list(wanted), self.title.casefold()
        if not all(word in title or word in self.search for word in text):
            return 0
        if text and title.startswith(text[0]):
            return 3
        return 2 if all(word in title for word in text) else 1


def template_entries() -> tuple[Entry, ...]:
    """An entry for each template, chapter by chapter."""
    order = list(CHAPTERS)
    return tuple(_of_template(template) for template in sorted(TEMPLATES, key=lambda each: order.index(each.chapter)))


def torchvision_entries(models: Iterable[Published]) -> tuple[Entry, ...]:
    """An entry for each model of torchvision, by name."""
    return tuple(
        Entry(
            key=f"torchvision:{model.name}",
            title=model.name,
            chapter=torchvision_title(),
            line=_("{parameters} parameters · {size}", parameters=short(model.parameters), size=show((3, model.side, model.side))),
            trains_on="",
            about=model,
            search=f"torchvision imagenet {model.name.replace('_', '')}",
        )
        for model in sorted(models, key=lambda model: _natural(model.name))
    )  # fmt: skip


def torchvision_title() -> str:
    """What the last chapter is called."""
    return _("From torchvision, by name")


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts resnet18 before resnet101."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name) if part]


def _of_template(template: Template) -> Entry:
    facts = [
        str(template.year) if template.year is not None else "",
        _("{count} parameters", count=short(template.parameters)) if template.parameters else "",
        show(template.shape),
    ]
    text = (
        template.key,
        template.description,
        template.paper,
        template.authors,
        template.year or "",
        CHAPTERS[template.chapter],
    )
    return Entry(
        key=template.key,
        title=str(template.title),
        chapter=str(CHAPTERS[template.chapter]),
        line=" · ".join(fact for fact in facts if fact),
        trains_on=DATA_NAMES[template.data] if template.trains_on and template.parameters else "",
        about=template,
        search=" ".join(map(str, text)).casefold(),
    )
