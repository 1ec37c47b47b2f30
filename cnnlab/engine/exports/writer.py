"""The process in which a file for another program is made, so that the window goes on and the person can stop it.

A script, not to be imported by the app. ``python -P writer.py SUFFIX NAME`` reads a project from its standard input, as
``handover`` takes it apart, writes the content of a file of that kind to its standard output and exits with 0; or it writes
the error and exits with ``REFUSED``. ``NAME`` is what the file will be called. It writes no file."""

from __future__ import annotations

import os
import sys
import traceback

REFUSED = 3


def main() -> int:
    """Make the file of the command line. What libraries print goes nowhere: standard output is for the answer."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    suffix, name = sys.argv[1:]
    content, status = _made(suffix, name)
    with answer:
        answer.write(content)
    return status


def _made(suffix: str, name: str) -> tuple[bytes | memoryview, int]:
    """The answer and the exit status."""
    from cnnlab.core.messages import message as _
    from cnnlab.engine.archive.errors import Refused
    from cnnlab.engine.exports import ExportError, formats, handover

    try:
        return formats.BY_SUFFIX[suffix].content(handover.project(sys.stdin.buffer)), 0
    except ExportError as error:
        return handover.refusal(error), REFUSED
    except Refused as refused:
        text = _(
            "Not exported: the project holds something that a file cannot, at {where}. {reason} Nothing was written, and the "
            "project is unchanged. Change that, then export again.",
            where=refused.where, reason=refused.reason,
        )  # fmt: skip
        return handover.refusal(ExportError("invalid", text, details=refused.details)), REFUSED
    except MemoryError:
        text = _(
            "Not exported: there was not enough memory to make “{name}”. Nothing was written, and the network is unchanged. "
            "Close other programs, then export again.",
            name=name,
        )
        return handover.refusal(ExportError("memory", text)), REFUSED
    except Exception as error:  # noqa: BLE001  the end of the process, and nobody sees its standard error
        text = _(
            "Not exported: something in cnnlab failed ({kind}: {detail}). Nothing was written, and the network is unchanged. "
            "Save it, export its source code instead, and report this.",
            kind=type(error).__name__, detail=str(error).split("\n")[0][:200],
        )  # fmt: skip
        return handover.refusal(ExportError("crashed", text, details=(traceback.format_exc(),))), REFUSED


if __name__ == "__main__":
    sys.exit(main())
