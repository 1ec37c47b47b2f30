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
    """Weights that were not imported. The project is as it was, and nothing is left on the disk.

    ``details`` has the words of the libraries, for a report."""

    def __init__(self, code: Code, message: Message, *, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code: Code = code
        self.details = details


def refusal(
    code: Code, path: Path, what: object = "", *, maximum: object = "", details: tuple[str, ...] = ()
) -> WeightFileError:
    """The error for one file; ``what`` names the culprit in it, ``maximum`` the limit that it broke."""
    name = path.name
    text = {
        "missing": _(
            "Not imported: there is no file “{name}”. The network is as it was. Choose another file.", name=name
        ),
        "unreadable": _(
            "Not imported: “{name}” cannot be read ({what}). The network is as it was. Allow reading it, or choose another file.",
            name=name,
            what=what,
        ),
        "too-large": _(
            "Not imported: “{name}” is larger than {maximum}, and no project can hold that. The network is as it was. Choose a "
            "smaller file.",
            maximum=maximum,
            name=name,
        ),
        "not-weights": _(
            "Not imported: “{name}” does not hold weights ({what}). The network is as it was. Choose a .safetensors, .pth or "
            ".pt file that was saved with a state_dict.",
            name=name,
            what=what,
        ),
        "old-format": _(
            "Not imported: “{name}” is in a format that PyTorch left in 2018. The network is as it was. Load it in the program "
            "that made it, and save its state_dict again.",
            name=name,
        ),
        "protocol": _(
            "Not imported: “{name}” was pickled in a way (protocol {what}) that cannot be read without running code. Nothing was "
            "run, and the network is as it was. Save the state_dict with torch.save, without a pickle_protocol.",
            name=name,
            what=what,
        ),
        "damaged": _(
            "Not imported: “{name}” is damaged or cut off. The network is as it was. Get the file again from where it came.",
            name=name,
        ),
        "code": _(
            "Not imported: “{name}” holds code beside numbers ({what}). Nothing was run, and the network is as it was. Get the "
            "weights as .safetensors, from a source that you trust.",
            name=name,
            what=what,
        ),
        "whole-network": _(
            "Not imported: “{name}” holds a whole network or other objects ({what}), which cannot be read without running their "
            "code. Nothing was run. In the program that made it, save its numbers alone, with "
            'torch.save(net.state_dict(), "weights.pth").',
            name=name,
            what=what,
        ),
        "bomb": _(
            "Not imported: “{name}” claims to hold more than it does ({what}). The network is as it was. Get the weights from a "
            "source that you trust.",
            name=name,
            what=what,
        ),
        "not-tensors": _(
            "Not imported: in “{name}”, {what} is no tensor. The network is as it was. In the program that made it, save the "
            "state_dict alone.",
            name=name,
            what=what,
        ),
        "kind": _(
            "Not imported: in “{name}”, {what} holds numbers of a kind that no layer has. The network is as it was. Save it "
            "again as plain float32 tensors.",
            name=name,
            what=what,
        ),
        "empty": _(
            "Not imported: there are no weights in “{name}”. The network is as it was. Choose another file.", name=name
        ),
        "memory": _(
            "Not imported: there was not enough memory to read “{name}”. The network is as it was. Close other programs, or "
            "choose a smaller file.",
            name=name,
        ),
        "time": _(
            "Not imported: reading “{name}” took longer than {maximum} and was stopped. The network is as it was. Save its "
            "state_dict as .safetensors, and import that.",
            maximum=maximum,
            name=name,
        ),
        "crashed": _(
            "Not imported: the process that read “{name}” ended ({what}). The network is as it was. The file is probably "
            "damaged; get it again from where it came.",
            name=name,
            what=what,
        ),
        "cancelled": _("Not imported: you stopped reading “{name}”. The network is as it was.", name=name),
    }
    return WeightFileError(code, text[code], details=details)
