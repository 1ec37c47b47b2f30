"""What the README tells people to type exists, and CI types the same."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

EXAMPLES = re.findall(r"^cnnlab .+$", "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)), re.MULTILINE)
"""The lines in which the README calls cnnlab, with what is said beside them."""


def _commands_after(name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", ROOT / ".ci" / "readme-command", name], capture_output=True, text=True, check=False)


def _cnnlab(*text: str) -> str:
    call = [sys.executable, "-c", "from cnnlab.cli import main; main()", *text]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_two_commands_install_open_and_test() -> None:
    assert "pip install . && cnnlab\n" in README
    assert _commands_after("Tests").stdout == 'pip install ".[test]" && pytest -n 2\n'


def test_ci_runs_the_test_command_of_the_readme_and_no_other() -> None:
    assert 'test_command="$(.ci/readme-command "Tests")"' in CI
    assert CI.count('bash -euo pipefail -c "$test_command"') == 1
    assert 'quick_command="$(.ci/readme-command "Quick tests")"' in CI
    assert CI.count('bash -euo pipefail -c "$quick_command"') == 1
    commands = [line for line in CI.splitlines() if not line.lstrip().startswith("#")]
    assert not [line for line in commands if "pytest" in line or "[test" in line]


def test_the_quick_tests_are_those_without_any_mark_of_the_project() -> None:
    command = _commands_after("Quick tests").stdout
    assert (
        command
        == 'pip install ".[test]" && pytest -n 2 --dist worksteal -m "not window and not process and not slow"\n'
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    marks = {line.partition(":")[0] for line in project["tool"]["pytest"]["ini_options"]["markers"]}
    assert {*re.findall(r"not (\w+)", command), "soak"} == marks  # a soak is slow, too


def test_the_walks_through_the_code_pass_files_that_there_are() -> None:
    walks = README.partition("### Three walks")[2].partition("\n## ")[0]
    named = re.findall(r"`((?:core|engine|gui)/[^`]*)`", walks)
    assert len(named) > 40
    assert [path for path in named if not (ROOT / "cnnlab" / path).exists()] == []


def test_ci_installs_the_libraries_of_the_readme_and_no_list_of_its_own() -> None:
    (line,) = _commands_after("System libraries").stdout.splitlines()
    assert line.startswith("sudo apt-get install -y lib")
    assert not re.findall(r"\blib(?:gl|egl|xcb|xkb|dbus|font)\w*", CI)


def test_a_block_that_is_not_there_fails() -> None:
    done = _commands_after("No such block")
    assert done.returncode == 1
    assert not done.stdout
    assert "No such block" in done.stderr


def test_ci_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert os.access(ROOT / ".ci" / "readme-command", os.X_OK)


@pytest.mark.parametrize("example", EXAMPLES)
def test_commands_and_their_options_exist(example: str) -> None:
    answer = _cnnlab(example.split()[1], "--help")
    for option in re.findall(r"--[a-z]+", example):
        assert option in answer


def test_the_readme_shows_every_command_but_the_one_that_opens_a_window() -> None:
    from cnnlab.cli import app

    commands = {each.name for each in (*app.registered_commands, *app.registered_groups)} - {"open"}
    assert {example.split()[1] for example in EXAMPLES} == commands


def test_the_template_of_the_example_exists() -> None:
    template = next(example.split()[2] for example in EXAMPLES if example.startswith("cnnlab new"))
    assert template in _cnnlab("new", "--help")


def test_paths_and_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    folders = re.findall(r"`([\w./-]+/)`", README)
    assert links
    assert folders
    assert not [path for path in [*links, *folders, ".ci/run"] if not (ROOT / path).exists()]


def test_modules_to_run_exist() -> None:
    modules = re.findall(r"python -m (cnnlab[\w.]*)", README)
    assert modules
    assert all(importlib.util.find_spec(module) for module in modules)


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"<!-- test: Python -->\n```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in example.splitlines() if line and not line.startswith("import")]) == 10
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    call = [sys.executable, "-W", "error", "-c", example]
    done = subprocess.run(call, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    for line in example.splitlines():
        code, _, said = line.partition("#")
        if said.strip().startswith(("(", "torch.")):
            assert said.strip() in done.stdout, code
    assert "nn.Conv2d(32, 48, kernel_size=3)" in done.stdout
    assert (tmp_path / "wider.cnnlab").exists()
