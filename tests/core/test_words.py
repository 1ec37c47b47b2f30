"""Every text that a person reads can be found and translated: the sources are read, not run."""

from __future__ import annotations

import ast
import functools
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import cnnlab

PACKAGE = Path(cnnlab.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAKERS = {"message", "text"}


@functools.cache
def calls_in(source: Path) -> tuple[ast.Call, ...]:
    text = source.read_text(encoding="utf-8")
    return tuple(calls(ast.parse(text))) if "cnnlab.core.messages" in text else ()


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Calls of ``message`` and ``text`` of ``core.messages``, whatever the file calls them."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "cnnlab.core.messages"
        for alias in node.names
        if alias.name in MAKERS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def fault(call: ast.Call) -> str | None:
    """What is wrong with the words of one call."""
    if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant) or not isinstance(call.args[0].value, str):
        return "the words are not one plain string"
    template = call.args[0].value
    if not template.strip():
        return "there are no words"
    fields = {name for _text, name, _spec, _conversion in string.Formatter().parse(template) if name is not None}
    given = {keyword.arg for keyword in call.keywords}
    if None in given:  # **values: only running it can tell
        return None if fields else "values without fields"
    return None if fields == given else f"fields {sorted(fields)}, values {sorted(map(str, given))}"


def test_words_are_plain_strings_with_a_value_for_each_field() -> None:
    faults = [
        f"{source.relative_to(PACKAGE)}:{call.lineno}: {why}"
        for source in SOURCES
        for call in calls_in(source)
        if (why := fault(call))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('_("plain")', False),
        ('_("{a} and {b}", a=1, b=2)', False),
        ('_("{a} " "and {b}", a=1, b=2)', False),
        ('_("{a}", **values)', False),
        ('_(f"{a}")', True),
        ('_("a" + b)', True),
        ("_(words)", True),
        ('_("")', True),
        ('_("{a}")', True),
        ('_("plain", a=1)', True),
        ('_("{a}", b=1)', True),
        ('_("plain", **values)', True),
        ('_("{}", 1)', True),
    ],
)
def test_the_reader_itself(line: str, wrong: bool) -> None:
    tree = ast.parse(f"from cnnlab.core.messages import message as _\n{line}")
    assert [bool(fault(call)) for call in calls(tree)] == [wrong]


def test_the_words_are_found() -> None:
    assert sum(len(calls_in(source)) for source in SOURCES) > 200
