"""A contract for import-linter, which sees no difference between an import at the top of a file and one inside of a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AtModuleLevel(Contract):
    """``importer`` imports nothing of ``imported`` when it is loaded itself, but the modules ``allowed``; inside of functions it
    may import what it likes. Each that is ``allowed`` must be needed."""

    importer = fields.StringField()
    imported = fields.StringField()
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        allowed = {str(module) for module in self.allowed}
        found = {(by, module, line) for by, module, line in self._found(graph)}
        refused = sorted(each for each in found if each[1] not in allowed)
        idle = sorted(allowed - {module for _by, module, _line in found})
        return ContractCheck(kept=not refused and not idle, metadata={"refused": refused, "idle": idle})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for by, module, line in check.metadata["refused"]:
            output.print_error(f"{by} imports {module} at module level (l.{line}).")
        for module in check.metadata["idle"]:
            output.print_error(f"{module} is allowed, and nobody imports it at module level.")

    def _found(self, graph: ImportGraph) -> Iterator[tuple[str, str, int]]:
        """Each import at module level: who imports what, in which line."""
        imported = graph.find_descendants(str(self.imported))
        for by in graph.find_descendants(str(self.importer)):
            for module in graph.find_modules_directly_imported_by(by) & imported:
                for details in graph.get_import_details(importer=by, imported=module):
                    if details["line_number"] not in _inside_functions(by):
                        yield by, module, details["line_number"]


@cache
def _inside_functions(module: str) -> frozenset[int]:
    """The lines of a module that run when somebody calls them, not when it is loaded."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return frozenset(line for each in functions for line in range(each.lineno, (each.end_lineno or each.lineno) + 1))
