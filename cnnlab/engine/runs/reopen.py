"""Makes a project of a recorded run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cnnlab.core.graph.graph import Graph
from cnnlab.core.messages import message as _
from cnnlab.core.project.project import Project, Weights
from cnnlab.core.runs.summary import RunState
from cnnlab.engine.archive import format as fmt
from cnnlab.engine.archive import messages, schema, strict_json
from cnnlab.engine.archive.disk import DISK, Disk
from cnnlab.engine.archive.errors import Refused
from cnnlab.engine.runs import checkpoints, run_files, run_weights, table
from cnnlab.engine.runs import folder as layout

_ENDED = frozenset([RunState.COMPLETED, RunState.STOPPED, RunState.FAILED])


def project(folder: Path, *, best: bool = False) -> Project:
    """Graph, layout, settings and the last weights of the run in ``folder`` (``best``: those that were best on validation),
    read as strictly as a project file. A run that has written no weights gives a project that has none. Raises
    ``ProjectError``."""
    bare = bare_project(folder)
    weights = _best(folder, bare.graph) if best else _last(folder, bare.graph)
    return replace(bare, weights=weights) if weights is not None else replace(bare, weights=Weights())


def bare_project(folder: Path, disk: Disk = DISK) -> Project:
    """Graph, layout and settings of the run in ``folder`` without the numbers of its weights, whose step is that at the start of
    the run. Raises ``ProjectError``."""
    run = run_files.read_run(folder, disk)  # it says whether we know this version of the folder
    path = folder / layout.PROJECT
    try:
        document = strict_json.decode(run_files.read_bytes(path, fmt.JSON_BYTES, disk), layout.PROJECT)
        if not isinstance(document, dict):
            raise Refused("invalid", _("It does not describe a project."), where=layout.PROJECT)
        return schema.project(document, is_later=run.format.minor > run_files.VERSION.minor)
    except Refused as refused:
        raise messages.not_opened(path, refused) from refused
    except OSError as error:
        raise messages.not_readable(path, error) from error


def _last(folder: Path, graph: Graph) -> Weights | None:
    """The weights at the end of the run, or of its last checkpoint if it went on after that, or was interrupted."""
    checkpoint = checkpoints.latest(folder)
    path = folder / layout.LAST
    if not path.exists():
        return checked(checkpoint.weights, graph, folder) if checkpoint else None
    at_end = run_weights.read_weights(path, graph)
    if checkpoint is None or checkpoint.step <= at_end.step or table.summary(folder).state in _ENDED:
        return at_end  # which may lie before its checkpoints: early stopping goes back to the best weights
    return checked(checkpoint.weights, graph, folder)


def _best(folder: Path, graph: Graph) -> Weights | None:
    path = folder / layout.BEST
    return run_weights.read_weights(path, graph) if path.exists() else _last(folder, graph)


def checked(weights: Weights, graph: Graph, folder: Path) -> Weights:
    """``weights`` of a checkpoint, if they fit ``graph`` as those of a project file must. Raises ``ProjectError``."""
    try:
        return run_weights.checked(run_weights.named(weights), weights.step, graph)
    except Refused as refused:
        raise messages.not_opened(folder / layout.CHECKPOINTS, refused) from refused
