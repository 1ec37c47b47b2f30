"""Refusals of what cannot be imported, which name the line of the person's own code."""

from __future__ import annotations

import linecache
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType

import torch

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _

_NOT_THEIRS = tuple(f"{Path(file).parent}{os.sep}" for file in (torch.__file__, __file__))
_OUTERMOST = "_trace_once"
"""The function of the importer that calls a person's code; what called it is not theirs."""


class ImportRefused(Refusal):
    """The network cannot become layers; ``message`` says what stands against it, where, and what to do."""

    def __init__(self, message: Message, line: SourceLine | None = None) -> None:
        super().__init__(message)
        self.line = line
        """Where in the person's own code, if that is known."""


class Unsuitable(ValueError):
    """One operation has no layer that does the same; ``why`` says so. Who catches it knows where the operation stands."""

    def __init__(self, why: Message) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True)
class SourceLine:
    """A line of somebody's source code."""

    file: str
    number: int

    def text(self) -> Message:
        """``model.py, line 12: “x = x.view(64, -1)”``; without the code where the source is not at hand."""
        code = linecache.getline(self.file, self.number).strip()
        name = Path(self.file).name
        if not code:
            return _("{file}, line {number}", file=name, number=self.number)
        return _("{file}, line {number}: “{code}”", file=name, number=self.number, code=code)


def current_line() -> SourceLine | None:
    """The innermost line, of those that run now, that is neither torch's nor the importer's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != _OUTERMOST:
        if _is_theirs(frame):
            return SourceLine(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return None


def line_of(error: BaseException) -> SourceLine | None:
    """The innermost line on the way to ``error`` that is neither torch's nor the importer's."""
    found = None
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if _is_theirs(step.tb_frame):
            found = SourceLine(step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next
    return found


def refused(why: Message, line: SourceLine | None) -> ImportRefused:
    """The refusal of what stands in ``line``, if that is known."""
    if line is None:
        return ImportRefused(_("This network cannot be imported: {why}", why=why))
    return ImportRefused(_("This network cannot be imported. {line} – {why}", line=line.text(), why=why), line)


def _is_theirs(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return not file.startswith(_NOT_THEIRS) and not file.startswith("<frozen")
