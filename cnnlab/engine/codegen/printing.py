"""Code in lines of at most 88 columns, as ruff and Black break them.

A statement stays on one line if it fits. Otherwise its brackets open: the parts go on one line between them, or else on one
line each, with a comma behind every part, which opens in turn if it must.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 88
_INDENT = "    "
_SKIP = "  # fmt: skip"

Marks = frozenset[str]
"""Uids of the layers that a piece of code is about."""


@dataclass(frozen=True)
class CodeLine:
    """One line of the file, without its end."""

    text: str
    marks: Marks = frozenset()


@dataclass(frozen=True)
class Text:
    """Code that is never broken."""

    text: str
    marks: Marks = frozenset()


@dataclass(frozen=True)
class Bracketed:
    """``head``, and parts in brackets, with commas or an operator between them."""

    head: str
    parts: tuple[Piece, ...]
    brackets: tuple[str, str] = ("(", ")")
    tail: str = ""
    marks: Marks = frozenset()
    operator: str = ""
    """Stands before each part but the first; a comma behind each if empty."""
    bare: bool = False
    """Whether the brackets are there only when they are open."""
    stacked: bool = False
    """Whether open brackets have a line for each part in any case."""
    skipped: bool = False
    """Whether formatters, who would open other brackets, must leave it alone once these are open."""


@dataclass(frozen=True)
class Repeated:
    """One part several times: ``*[Block(64) for _ in range(3)]``."""

    part: Piece
    count: int
    star: str = "*"

    @property
    def loop(self) -> str:
        """The ``for`` of the comprehension."""
        return f"for _ in range({self.count})"


Piece = Text | Bracketed | Repeated


class _TooLong(Exception):
    """A piece cannot be broken into lines that fit."""


def flat(piece: Piece) -> str:
    """``piece`` on one line, however long."""
    if isinstance(piece, Text):
        return piece.text
    if isinstance(piece, Repeated):
        return f"{piece.star}[{flat(piece.part)} {piece.loop}]"
    opening, closing = ("", "") if piece.bare else piece.brackets
    return f"{piece.head}{opening}{_joined(piece)}{closing}{piece.tail}"


def _joined(group: Bracketed) -> str:
    return (f" {group.operator} " if group.operator else ", ").join(map(flat, group.parts))


def marks(piece: Piece) -> Marks:
    """The layers that ``piece`` or any part of it is about."""
    if isinstance(piece, Text):
        return piece.marks
    parts = (piece.part,) if isinstance(piece, Repeated) else piece.parts
    own = frozenset() if isinstance(piece, Repeated) else piece.marks
    return own.union(*map(marks, parts))


def statement(piece: Piece, depth: int) -> list[CodeLine]:
    """``piece`` as lines at ``depth`` indentations. What cannot be broken well is one long line that formatters leave alone."""
    try:
        return list(_code_lines(piece, _INDENT * depth, ""))
    except _TooLong:
        return [CodeLine(f"{_INDENT * depth}{flat(piece)}{_SKIP}", marks(piece))]


def _code_lines(piece: Piece, indent: str, suffix: str) -> Iterable[CodeLine]:
    whole = f"{indent}{flat(piece)}{suffix}"
    if len(whole) <= WIDTH:
        yield CodeLine(whole, marks(piece))
        return
    inner = indent + _INDENT
    if isinstance(piece, Repeated):
        yield CodeLine(f"{indent}{piece.star}[", marks(piece))
        yield from _code_lines(piece.part, inner, "")
        yield CodeLine(inner + piece.loop, marks(piece))
        yield CodeLine(f"{indent}]{suffix}", marks(piece))
        return
    if isinstance(piece, Text) or not piece.parts:
        raise _TooLong
    opening, closing = piece.brackets
    yield _fitting(f"{indent}{piece.head}{opening}", piece.marks)
    between = inner + _joined(piece)
    if len(between) <= WIDTH and not piece.stacked:
        yield CodeLine(between, marks(piece))
    elif piece.operator:
        for place, part in enumerate(piece.parts):
            before = f"{piece.operator} " if place else ""
            yield _fitting(f"{inner}{before}{flat(part)}", piece.marks | marks(part))
    else:
        for part in piece.parts:
            for line in _code_lines(part, inner, ","):
                yield CodeLine(line.text, line.marks | piece.marks)
    yield _fitting(f"{indent}{closing}{piece.tail}{suffix}{_SKIP if piece.skipped else ''}", piece.marks)


def _fitting(text: str, own: Marks) -> CodeLine:
    if len(text) > WIDTH:
        raise _TooLong
    return CodeLine(text, own)


_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Mult: "*"}


def piece(head: str, source: str) -> Piece:
    """``head`` and then ``source``, a Python expression; ``head`` is the beginning of a statement, or empty."""
    return _piece(head, ast.parse(source, mode="eval").body, source)


def _piece(head: str, tree: ast.expr, source: str) -> Piece:
    def segment(part: ast.expr) -> str:
        return ast.get_source_segment(source, part) or ""

    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute | ast.Name) and "(" not in segment(tree.func):
        values = [_piece("", argument, source) for argument in tree.args]
        values += [_piece(f"{keyword.arg}=", keyword.value, source) for keyword in tree.keywords]
        return Bracketed(head + segment(tree.func), tuple(values))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return _piece(f"{head}-", tree.operand, source)
    if isinstance(tree, ast.List):
        return Bracketed(head, tuple(_piece("", element, source) for element in tree.elts), ("[", "]"))
    operands = _operands(tree)
    if len(operands) > 1 and head:
        assert isinstance(tree, ast.BinOp)
        parts = tuple(Text(segment(part)) for part in operands)
        has_brackets = any("(" in part.text for part in parts)
        return Bracketed(head, parts, operator=_OPERATORS[type(tree.op)], bare=True, skipped=has_brackets)
    return Text(head + segment(tree))


def _operands(tree: ast.expr) -> list[ast.expr]:
    """``a``, ``b`` and ``c`` of ``a + b + c``; only the expression itself if it is no such chain."""
    if not isinstance(tree, ast.BinOp) or type(tree.op) not in _OPERATORS:
        return [tree]
    left = tree.left
    same = isinstance(left, ast.BinOp) and type(left.op) is type(tree.op)
    return [*(_operands(left) if same else [left]), tree.right]
