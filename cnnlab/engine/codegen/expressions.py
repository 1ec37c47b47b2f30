"""Catalogue expressions as pieces of code that can be broken into lines."""

from __future__ import annotations

import ast

from cnnlab.engine.codegen.printing import Group, Piece, Text

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
        return Group(head + segment(tree.func), tuple(values))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        return _piece(f"{head}-", tree.operand, source)
    if isinstance(tree, ast.List):
        return Group(head, tuple(_piece("", element, source) for element in tree.elts), ("[", "]"))
    operands = _operands(tree)
    if len(operands) > 1 and head:
        assert isinstance(tree, ast.BinOp)
        parts = tuple(Text(segment(part)) for part in operands)
        has_brackets = any("(" in part.text for part in parts)
        return Group(head, parts, operator=_OPERATORS[type(tree.op)], bare=True, skipped=has_brackets)
    return Text(head + segment(tree))


def _operands(tree: ast.expr) -> list[ast.expr]:
    """``a``, ``b`` and ``c`` of ``a + b + c``; only the expression itself if it is no such chain."""
    if not isinstance(tree, ast.BinOp) or type(tree.op) not in _OPERATORS:
        return [tree]
    left = tree.left
    same = isinstance(left, ast.BinOp) and type(left.op) is type(tree.op)
    return [*(_operands(left) if same else [left]), tree.right]
