"""The project file and the run folders in ``tests/kept``, which an older version wrote."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("kept")
DIGITS, ANGLES = "digits01", "angles01"


def copied(into: Path) -> Path:
    """``digits.cnnlab`` with both runs beside it, in a folder that may be written into."""
    shutil.copytree(KEPT / "runs", into / "digits.runs")
    return Path(shutil.copy(KEPT / "digits.cnnlab", into))


def answers(name: str) -> dict[str, Any]:
    """What the network of a run said when it was written."""
    told: dict[str, Any] = json.loads((KEPT / "answers.json").read_text())[name]
    return told


def lines(run: str, kind: str) -> list[dict[str, Any]]:
    """What the record of a run tells of one kind of event, as it stands there."""
    told = map(json.loads, (KEPT / "runs" / run / "events.jsonl").read_text().splitlines())
    return [line for line in told if line["kind"] == kind]


def is_missing(value: float | None) -> bool:
    """Whether a figure has no value."""
    return value is None or math.isnan(value)
