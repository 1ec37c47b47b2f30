"""The tests of a module lie where the module lies: whoever finds the one finds the other."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cnnlab

TESTS, PACKAGE = Path(__file__).parent, Path(cnnlab.__file__).parent
FLOORS = ("core", "engine", "gui", "cli")


def misplaced(tests: Path, package: Path) -> list[str]:
    """What is wrong with folders and names below ``tests``. A file may also be called after a package, or after a subject
    of its own, which is the name of no module."""
    homes: defaultdict[str, set[Path]] = defaultdict(set)
    for source in package.glob("*/**/*.py"):
        homes[source.stem].add(source.relative_to(package).parent)
    faults = []
    for test in sorted(path for floor in FLOORS for path in (tests / floor).rglob("test_*.py")):
        folder, name = test.relative_to(tests).parent, test.stem.removeprefix("test_")
        if not (package / folder / "__init__.py").is_file():
            faults.append(f"{folder} is no package, but has {test.name}")
        elif name in homes and folder not in homes[name]:
            faults.append(f"{folder / test.name} is called as {', '.join(map(str, sorted(homes[name])))}/{name}.py")
    return faults


def test_every_test_lies_where_its_module_lies() -> None:
    assert all((TESTS / floor).is_dir() for floor in FLOORS)
    assert not misplaced(TESTS, PACKAGE)


def test_what_lies_elsewhere_is_found(tmp_path: Path) -> None:
    tests, package = tmp_path / "tests", tmp_path / "package"
    sources = ("core/__init__.py", "core/graph/__init__.py", "core/graph/paths.py", "engine/__init__.py")
    for path in (
        *(package / source for source in sources),
        *(
            tests / "core" / name
            for name in ("test_graph.py", "test_subject.py", "graph/test_paths.py", "test_paths.py")
        ),
        tests / "engine/gone/test_subject.py",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert misplaced(tests, package) == [
        "core/test_paths.py is called as core/graph/paths.py",
        "engine/gone is no package, but has test_subject.py",
    ]
