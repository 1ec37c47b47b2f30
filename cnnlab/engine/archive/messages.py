"""The sentences about files: what happened, what is safe, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cnnlab.core import catalog
from cnnlab.core.graph.graph import Node
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive.errors import Newer, ProjectError, Refused
from cnnlab.engine.archive.writing import backup_of
from cnnlab.version import __version__


def not_opened(path: Path, refused: Refused) -> ProjectError:
    """The error for a file that the reader ``refused``; it names the file and says what can be done."""
    name, reason, code = path.name, refused.reason, refused.code
    text: Message
    if isinstance(refused, Newer):
        text = _(
            "“{name}” was made with cnnlab {theirs}; this is {ours}. It was not changed. Update cnnlab, or ask for the "
            "project in format {format}.",
            name=name,
            theirs=refused.app,
            ours=__version__,
            format=fmt.FORMAT.major,
        )
    elif code == "not-a-project":
        text = _(
            "“{name}” is not a cnnlab project: {reason}. It was not changed. Open a file that cnnlab has saved.",
            name=name,
            reason=reason,
        )
    elif code == "unsafe":
        text = _(
            "Not opened: “{name}” is not a plain cnnlab project ({reason}). No code was run, and the file was not changed. "
            "Get it again from a source you trust.",
            name=name,
            reason=reason,
        )
    elif code == "too-large":
        text = _(
            "Not opened: “{name}” is larger than any cnnlab project ({reason}). It was not changed. Open another file.",
            name=name,
            reason=reason,
        )
    elif code == "weights":
        text = _(
            "“{name}” is damaged: {reason}. The graph is fine. {advice}, or open it without weights.",
            name=name,
            reason=reason,
            advice=_advice(path),
        )
    elif code == "invalid":
        text = _(
            "Not opened: “{name}” is not valid at {where}. {reason} The file was not changed. {advice}.",
            name=name,
            where=refused.where,
            reason=reason,
            advice=_advice(path),
        )
    else:
        text = _(
            "“{name}” is damaged: {reason}. It was not changed. {advice}.",
            name=name,
            reason=reason,
            advice=_advice(path),
        )
    return ProjectError(code, text, where=refused.where, details=refused.details)


def not_readable(path: Path, error: OSError) -> ProjectError:
    """The error for a file that the system does not let us read."""
    where, details = str(path), (str(error),)
    name = path.name or where  # "." has no name
    if isinstance(error, FileNotFoundError):
        text = _(
            "There is no file “{name}”. Nothing was changed. It may have been moved or renamed; look for it in its folder.",
            name=name,
        )
        return ProjectError("missing", text, where=where, details=details)
    if isinstance(error, IsADirectoryError):
        text = _("“{name}” is a folder, and a file is needed. Nothing was changed. Projects end in .cnnlab.", name=name)
        return ProjectError("unreadable", text, where=where, details=details)
    text = _(
        "“{name}” cannot be read: {reason}. It was not changed. Check that you may read it and that the disk is there.",
        name=name,
        reason=error.strerror or str(error),
    )
    return ProjectError("unreadable", text, where=where, details=details)


def changed(path: Path) -> ProjectError:
    """The error for a file that another program wrote in the meantime."""
    text = _(
        "Not saved: “{name}” was changed by another program since you opened it. Both are safe: the file as it is now, and "
        "your changes, which are still open. Save as a copy, or overwrite it.",
        name=path.name,
    )
    return ProjectError("changed", text, where=str(path))


def would_replace_newer(path: Path, app: str) -> ProjectError:
    """The error for replacing a file that holds what this version does not know."""
    text = _(
        "Not saved: “{name}” was made with cnnlab {theirs}; this is {ours}, and would lose a part of it. It was not changed, and "
        "your changes are still open. Save under another name.",
        name=path.name,
        theirs=app,
        ours=__version__,
    )
    return ProjectError("newer", text, where=str(path))


def not_verified(path: Path, refused: Refused) -> ProjectError:
    """The error for a new file that could not be read back."""
    if refused.code == "invalid":
        text = _(
            "Not saved: the project holds something that a file cannot, at {where}. {reason} “{name}” on the disk was not "
            "changed, and your changes are still open. Change or undo that and save again.",
            name=path.name,
            where=refused.where or fmt.PROJECT_NAME,
            reason=refused.reason,
        )
    else:
        text = _(
            "Not saved: the new “{name}” could not be read back ({reason}). The one on the disk was not changed, and your "
            "changes are still open. Save again, or elsewhere.",
            name=path.name,
            reason=refused.reason,
        )
    return ProjectError("not-verified", text, where=refused.where, details=refused.details)


def unknown_layers(nodes: Sequence[Node]) -> Message:
    """A note on layers that this version keeps without knowing what they do."""
    types = ", ".join(f"“{name}”" for name in dict.fromkeys(map(_type_name, nodes)))
    if len(nodes) == 1:
        return _(
            "1 layer is of a type this version does not know ({types}). It is kept unchanged, but training is off until it is "
            "replaced.",
            types=types,
        )
    return _(
        "{count} layers are of types this version does not know ({types}). They are kept unchanged, but training is off until "
        "they are replaced.",
        count=len(nodes),
        types=types,
    )


def _type_name(node: Node) -> str:
    return f"{node.type}, version {node.version}" if node.type in catalog.BY_KEY else node.type


def weights_not_finite(names: Sequence[str]) -> Message:
    """A note on weights that are NaN or infinite."""
    return _(
        "Some weights are NaN or infinite: {names}. The network opens with them. Reset these layers, or open the backup.",
        names=", ".join(names),
    )


def later_minor(app: str) -> Message:
    """A note on a file with parts that this version may not know."""
    return _(
        "Made with cnnlab {theirs}; this is {ours}, and may not show all of it. The file stays unchanged: it cannot be saved "
        "over, and a copy saved from here keeps only what this version knows. Update cnnlab to work on it.",
        theirs=app,
        ours=__version__,
    )


def _advice(path: Path) -> Message:
    backup = backup_of(path)
    if backup is None:
        return _("Get it again from its source, or from a backup of your own")
    try:
        when = datetime.fromtimestamp(backup.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
    except OSError:
        when = "?"
    return _("A backup from {when} is in the same folder: open “{name}”", when=when, name=backup.name)
