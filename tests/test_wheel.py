"""What `pip install .` puts on a machine: built from a copy of the checkout, so that nothing is left in the tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, as it would lie in site-packages."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in ("cnnlab", "resources"):
        shutil.copytree(CHECKOUT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / file, copy)
    for package in ("cnnlab", "resources"):  # bytecode of whoever ran the checkout before
        (copy / package / "__pycache__").mkdir()
        (copy / package / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"stale")
    # The hook that pip and build call, without the network that either wants for an environment of its own.
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    run = subprocess.run(
        [sys.executable, "-c", build, str(copy)], cwd=copy, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    (wheel,) = copy.glob("*.whl")
    site = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    return site


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def clean(names: set[str]) -> set[str]:
    return {name for name in names if "__pycache__" not in name}


def test_every_module_and_every_resource_is_in_the_wheel(installed: Path) -> None:
    bundled = {name for name in clean(files(CHECKOUT / "resources")) if not name.startswith("screenshots/")}
    assert files(installed / "cnnlab" / "resources") == bundled
    code = {name for name in files(installed / "cnnlab") if not name.startswith("resources/")}
    assert code == clean(files(CHECKOUT / "cnnlab"))


def test_nothing_else_is(installed: Path) -> None:
    (metadata,) = installed.glob("*.dist-info")
    assert {path.name for path in installed.iterdir()} == {"cnnlab", metadata.name}
    assert not [name for name in files(installed) if name.endswith(".pyc")]


def test_both_licences_are_there_and_named(installed: Path) -> None:
    (metadata,) = installed.glob("*.dist-info")
    for file in ("LICENSE", "resources/mnist/LICENSE.md"):
        assert (metadata / "licenses" / file).read_bytes() == (CHECKOUT / file).read_bytes()
    assert "License-Expression: MIT AND CC-BY-SA-3.0\n" in (metadata / "METADATA").read_text(encoding="utf-8")


def test_mnist_loads_from_the_installed_package(installed: Path, tmp_path: Path) -> None:
    """In a fresh interpreter that sees the wheel's files and not the checkout."""
    code = """
from cnnlab.engine.system.resources import resource
from cnnlab.engine.data.datasets import mnist
print(resource())
print(len(mnist().train), len(mnist().validation), len(mnist().test))
"""
    script = f"import sys; sys.path.insert(0, {str(installed)!r})\n{code}"
    run = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [str(installed / "cnnlab" / "resources"), "55000 5000 10000"]
