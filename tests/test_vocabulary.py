"""One vocabulary: identifiers, and the texts that people see, use the field's own words and none of a private language.

Prose in comments and docstrings is free. A word counts in each part of a name: ``told`` in ``_told_if_parted``.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import cnnlab

PACKAGE = Path(cnnlab.__file__).parent
MAKERS = {"_", "message", "text"}
"""What ``core.messages`` makes texts with, as it is imported everywhere. The command line's help goes through them too."""


class Private(NamedTuple):
    """A word that once had a sense of its own here, and what to say instead. ``ordinary`` has the exact names in which it means
    what it means to everybody, with the reason."""

    sense: str
    instead: str
    ordinary: Mapping[str, str] = MappingProxyType({})


IDENTIFIERS = {
    "told": Private("reported, or a message", "reported, message"),
    "words": Private(
        "a text",
        "text, description, message",
        {"words": "single words: of a name in code, or alternatives in a sentence"},
    ),
    "sealed": Private("with a checksum over its contents", "checksummed"),
    "shares": Private(
        "probabilities",
        "probabilities",
        {
            "shares": "parts of a whole, as of a batch; or the verb",
            "shares_numbers": "the verb: two tensors in one memory",
        },
    ),
    "right": Private("correct", "correct", {"right": "not left", "RIGHT": "not left", "right_one": "not left"}),
    "amount": Private("what a sum of losses is divided by", "total_weight"),
    "exactness": Private("the type of the numbers in a computation", "precision"),
    "deviation": Private("the standard deviation", "std"),
    "most": Private("an upper bound", "max"),
    "least": Private("a lower bound", "min"),
    "meeting": Private("where processes find each other", "rendezvous", {"meeting": "boxes that meet an area"}),
    "child": Private(
        "a process that this one started", "subprocess", {"child": "of a tree", "focusNextPrevChild": "Qt's"}
    ),
    "paper": Private(
        "a scanned digit",
        "scanned digit",
        {
            "paper": "what ink is on, or a publication",
            "_paper": "what ink is on, or a publication",
            "_PAPER": "a publication",
            "paper_rect": "what ink is on",
            "ink_on_paper": "what ink is on",
        },
    ),
    "look": Private(
        "a theme's colours, or the state that a thing is drawn in",
        "colours, state",
        {
            "Look": "what is asked of an inspector",
            "look": "the verb, or what is asked of an inspector",
            "_seen_look": "what is asked of an inspector",
            "_latest_look": "what is asked of an inspector",
            "_look": "the verb",
            "_look_at": "the verb",
            "look_again": "the verb",
            "look_through": "the verb",
            "_LOOK_SECONDS": "the verb",
        },
    ),
    "ends": Private(
        "checks of a network's outputs",
        "output_checks",
        {
            "ends": "where wires, lines and networks end",
            "_ends": "where wires and networks end",
            "Ends": "where a wire ends",
            "_ends_of": "where a wire ends",
        },
    ),
    "advice": Private(
        "a problem that leaves the network able to run",
        "hint",
        {"advice": "what to do, in a refusal", "_advice": "what to do, in a refusal"},
    ),
}

TEXTS = {
    r"graphics cards?": "GPU",
    r"(?<!standard )deviations?": "standard deviation",
    r"shares": "probabilities",
    r"exactness": "precision",
    r"sealed": "checksummed",
    r"amount": "number, total weight",
    r"told": "reported",
    r"advice": "hint",
    r"afresh": "from random weights",
    r"br(?:oke|oken) off": "interrupted",
    r"half-finished": "incomplete",
    r"kept aside": "held out",
}
"""Private words in what people read, and what to say instead."""

ONE_THING = {
    "run",
    "progress",
    "recording",
    "group",
    "line",
    "place",
    "figures",
    "command",
    "document",
    "goal",
    "found",
}
"""Names that would fit many things: each stands for one, as class and as file. Packages may be called so besides."""


class Source(NamedTuple):
    """What one file names and says: the names that it gives, those of classes among them, and texts for people with their
    lines."""

    names: frozenset[str]
    classes: frozenset[str]
    texts: tuple[tuple[int, str], ...]


@functools.cache
def sources() -> dict[Path, Source]:
    return {
        path.relative_to(PACKAGE): source(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def source(stem: str, code: str) -> Source:
    names, classes, texts = {stem}, set(), []
    for node in ast.walk(ast.parse(code)):
        names.update(names_in(node))
        if isinstance(node, ast.ClassDef):
            classes.add(node.name)
        elif isinstance(node, ast.Call) and (shown := text_of(node)):
            texts.append((node.lineno, shown))
    return Source(frozenset(names), frozenset(classes), tuple(texts))


def names_in(node: ast.AST) -> tuple[str, ...]:
    """The names that ``node`` gives to something; those that it only uses are given elsewhere, or by others."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return (node.name,)
    if isinstance(node, ast.Name):
        return (node.id,) if isinstance(node.ctx, ast.Store) else ()
    if isinstance(node, ast.Attribute):
        return (node.attr,) if isinstance(node.ctx, ast.Store) else ()
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, ast.alias):
        return (node.asname,) if node.asname else ()
    return (node.name,) if isinstance(node, ast.ExceptHandler) and node.name else ()


def text_of(call: ast.Call) -> str:
    """The text that ``call`` makes for people, without its fields; empty if it makes none."""
    if not (isinstance(call.func, ast.Name) and call.func.id in MAKERS and call.args):
        return ""
    template = call.args[0]
    return re.sub(r"\{[^}]*\}", "", str(template.value)) if isinstance(template, ast.Constant) else ""


def private_name(name: str) -> str | None:
    """What is wrong with a name, or None. Its words are what lies between underscores and capitals."""
    words = {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    for word in words & IDENTIFIERS.keys():
        private = IDENTIFIERS[word]
        if name not in private.ordinary:
            return f"{name}: if “{word}” is {private.sense}, say {private.instead}"
    return None


def private_text(shown: str) -> str | None:
    """What is wrong with a text, or None."""
    for pattern, instead in TEXTS.items():
        if found := re.search(rf"\b{pattern}\b", shown, re.IGNORECASE):
            return f"“{found.group()}” in a text: say {instead}"
    return None


def faults_in(path: Path, file: Source) -> list[str]:
    faults = [fault for name in sorted(file.names) if (fault := private_name(name))]
    faults += [f"line {line}: {fault}" for line, shown in file.texts if (fault := private_text(shown))]
    return [f"{path}: {fault}" for fault in faults]


def things(files: Mapping[Path, Source]) -> dict[str, list[Path]]:
    """For each of ``ONE_THING`` the files that are, or have a class, called so: a class in the file of its name is one thing."""
    return {
        name: [
            path
            for path, file in files.items()
            if name in {path.stem, *(known.strip("_").lower() for known in file.classes)}
        ]
        for name in ONE_THING
    }


def test_names_and_texts_have_no_private_words() -> None:
    assert not [fault for path, file in sources().items() for fault in faults_in(path, file)]


def test_a_planted_word_is_found_wherever_a_name_can_be_given_and_in_texts() -> None:
    planted = source(
        "sealed_file",
        """
import torch as child_torch
class ToldOnce:
    most_steps: int = 3
    def words_of(self, right_answers, *, exactness=1):
        '''Prose may speak of the right words, and of what is told.'''
        self._amount = [shares_left for shares_left in right_answers]
        return self.right, _("Your graphics card has no {deviation}"), text("Standard deviation")
""",
    )
    faults = faults_in(Path("sealed_file.py"), planted)
    assert [fault.split(": ")[1] for fault in faults] == [
        *("ToldOnce", "_amount", "child_torch", "exactness", "most_steps", "right_answers"),
        *("sealed_file", "shares_left", "words_of", "line 8"),
    ]
    assert faults[-1] == "sealed_file.py: line 8: “graphics card” in a text: say GPU"


def test_ordinary_names_are_all_in_use() -> None:
    used = {name for file in sources().values() for name in file.names}
    assert not {name for private in IDENTIFIERS.values() for name in private.ordinary} - used


def test_each_name_that_would_fit_many_things_stands_for_one() -> None:
    assert not {name: where for name, where in things(sources()).items() if len(where) > 1}


def test_a_second_thing_of_one_name_is_found() -> None:
    codes = {"run": "class Run: ...", "canvas": "class _Line: ...", "line": ""}
    found = things({Path(stem).with_suffix(".py"): source(stem, code) for stem, code in codes.items()})
    assert {name for name, where in found.items() if len(where) > 1} == {"line"}
