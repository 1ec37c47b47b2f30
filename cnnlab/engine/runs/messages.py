"""The sentences about run folders: what happened, what is safe, what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import whole
from cnnlab.engine.archive.errors import Code, ProjectError
from cnnlab.engine.runs import folder as layout


def not_begun(root: Path, error: Exception) -> Message:
    """No folder can be made for a run."""
    return _(
        "Training was not started, because its run cannot be recorded in “{folder}”: {reason}. Nothing was changed. {advice}",
        folder=str(root),
        reason=_reason(error),
        advice=_advice(error),
    )


def written_elsewhere(folder: Path) -> Message:
    """Another process writes the run."""
    return _(
        "The run “{id}” is being written by another process, so nothing was started here and nothing was changed. Follow it "
        "from here, or stop it there and try again.",
        id=folder.name,
    )


def resumed_elsewhere(folder: Path) -> Message:
    """Another process has written the run since it was read."""
    return _(
        "Another process has just resumed the run “{id}”, so nothing was started here and nothing was changed. Try again to "
        "resume it from where it is now.",
        id=folder.name,
    )


def not_recorded(folder: Path, error: Exception, step: int) -> Message:
    """A run was ended after ``step``, because its folder cannot be written any more."""
    if is_gone(folder):
        return _(
            "Training was stopped, because the folder of its run was deleted or moved, with all that was recorded in it: "
            "“{folder}”. The weights of step {step} are kept. Train again to continue from them in a new run.",
            folder=str(folder),
            step=whole(step),
        )
    return _(
        "Training was stopped, because its run can no longer be recorded in “{folder}”: {reason}. The weights of step {step} "
        "are kept, and so is what was recorded before. {advice}",
        folder=str(folder),
        reason=_reason(error),
        step=whole(step),
        advice=_advice(error),
    )


def resumes_from(message: Message, step: int) -> Message:
    """``message`` of a failed run, whose last checkpoint is of another step than the weights that it leaves."""
    return _(
        "{what} Resuming this run continues from its last checkpoint, step {step}.", what=message, step=whole(step)
    )


def end_not_recorded(folder: Path, error: Exception, step: int) -> Message:
    """A run ended, and its last weights could not be written."""
    if is_gone(folder):
        return _(
            "The folder of this run was deleted or moved, with all that was recorded in it: “{folder}”. The weights of step "
            "{step} are kept. Save the project to keep them.",
            folder=str(folder),
            step=whole(step),
        )
    return _(
        "The end of this run is not recorded in “{folder}”: {reason}. The weights of step {step} are kept, and so is what was "
        "recorded before. Save the project to keep the weights.",
        folder=str(folder),
        reason=_reason(error),
        step=whole(step),
    )


def is_gone(folder: Path) -> bool:
    """Whether the record of a run was deleted or moved while it was written. A part that was written just then may be left."""
    return not os.path.isfile(folder / layout.RUN)


def _code(error: Exception) -> Code:
    if isinstance(error, ProjectError):
        return error.code
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return "disk-full"
    return "read-only-folder" if number in (errno.EACCES, errno.EPERM, errno.EROFS) else "not-written"


def _reason(error: Exception) -> Message | str:
    match _code(error):
        case "disk-full":
            return _("the disk is full")
        case "read-only-folder" | "read-only-file":
            return _("it cannot be written")
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return cause.strerror or str(cause) if isinstance(cause, OSError) else str(error)


def _advice(error: Exception) -> Message:
    if _code(error) == "disk-full":
        return _("Free some space on it, then continue training.")
    return _("Save the project in a folder that can be written, then continue training.")
