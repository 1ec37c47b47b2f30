"""Why weights were not imported, and the sentences that say so: what happened, what is safe, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _

Code = Literal[
    "missing",  # there is no such file
    "unreadable",  # the system does not let us read it
    "too-large",
    "not-weights",  # a file of another kind
    "old-format",  # of a PyTorch before 0.4
    "protocol",  # of pickle, of which torch writes one only
    "damaged",
    "code",  # it names functions that loading would call
    "whole-network",  # it names classes, such as a network's
    "bomb",  # it claims more than it holds
    "not-tensors",  # an entry is something else
    "kind",  # a tensor of a kind that no layer has
    "empty",
    "memory",
    "time",
    "crashed",  # the process that read it
    "cancelled",
    "does-not-fit",  # the network
]


class WeightFileError(Refusal):
    """Weights that were not imported. The project is unchanged, and nothing is left on the disk.

    ``details`` has the words of the libraries, for a report."""

    def __init__(self, code: Code, message: Message, *, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code: Code = code
        self.details = details


def refusal(
    code: Code, path: Path, what: object = "", *, maximum: object = "", details: tuple[str, ...] = ()
) -> WeightFileError:
    """The error for the file at ``path``; ``what`` names the part at fault, ``maximum`` the limit that it exceeds."""
    name = path.name
    text = {
        "missing": _(
            "Not imported: there is no file “{name}”. The network is unchanged. Choose another file.", name=name
        ),
        "unreadable": _(
            "Not imported: “{name}” cannot be read ({what}). The network is unchanged. Allow reading it, or choose another "
            "file.",
            name=name,
            what=what,
        ),
        "too-large": _(
            "Not imported: “{name}” is larger than {maximum}, and no project can hold that. The network is unchanged. Choose "
            "a smaller file.",
            maximum=maximum,
            name=name,
        ),
        "not-weights": _(
            "Not imported: “{name}” does not hold weights ({what}). The network is unchanged. Choose a .safetensors, .pth or "
            ".pt file that was saved with a state_dict.",
            name=name,
            what=what,
        ),
        "old-format": _(
            "Not imported: “{name}” is in a format that PyTorch gave up in 2018. The network is unchanged. Load it in the "
            "program that made it, and save its state_dict again.",
            name=name,
        ),
        "protocol": _(
            "Not imported: “{name}” was pickled in a way (protocol {what}) that cannot be read without running code. No code "
            "was run, and the network is unchanged. Save the state_dict with torch.save, without a pickle_protocol.",
            name=name,
            what=what,
        ),
        "damaged": _(
            "Not imported: “{name}” is damaged or cut off. The network is unchanged. Get the file again from its source.",
            name=name,
        ),
        "code": _(
            "Not imported: “{name}” holds code besides numbers ({what}). No code was run, and the network is unchanged. Get "
            "the weights as .safetensors, from a source that you trust.",
            name=name,
            what=what,
        ),
        "whole-network": _(
            "Not imported: “{name}” holds a whole network or other objects ({what}), which cannot be read without running "
            "their code. No code was run. In the program that made it, save its numbers alone, with "
            'torch.save(net.state_dict(), "weights.pth").',
            name=name,
            what=what,
        ),
        "bomb": _(
            "Not imported: “{name}” declares more data than it holds ({what}). The network is unchanged. Get the weights from "
            "a source that you trust.",
            name=name,
            what=what,
        ),
        "not-tensors": _(
            "Not imported: in “{name}”, {what} is not a tensor. The network is unchanged. In the program that made it, save "
            "the state_dict alone.",
            name=name,
            what=what,
        ),
        "kind": _(
            "Not imported: in “{name}”, {what} has a number type that no layer uses. The network is unchanged. Save it again "
            "as plain float32 tensors.",
            name=name,
            what=what,
        ),
        "empty": _(
            "Not imported: there are no weights in “{name}”. The network is unchanged. Choose another file.", name=name
        ),
        "memory": _(
            "Not imported: there was not enough memory to read “{name}”. The network is unchanged. Close other programs, or "
            "choose a smaller file.",
            name=name,
        ),
        "time": _(
            "Not imported: reading “{name}” took longer than {maximum} and was stopped. The network is unchanged. Save its "
            "state_dict as .safetensors, and import that.",
            maximum=maximum,
            name=name,
        ),
        "crashed": _(
            "Not imported: the process that read “{name}” ended unexpectedly ({what}). The network is unchanged. The file is "
            "probably damaged; get it again from its source.",
            name=name,
            what=what,
        ),
        "cancelled": _("Not imported: you stopped reading “{name}”. The network is unchanged.", name=name),
    }
    return WeightFileError(code, text[code], details=details)
