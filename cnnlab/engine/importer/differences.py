"""Refusing what a module does otherwise in training than in evaluation, or from one call to the next."""

from __future__ import annotations

from torch import fx, nn

from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _
from cnnlab.engine.importer import advice, functions, known
from cnnlab.engine.importer.refusals import SourceLine, refused


def refuse_from_call_to_call(first: fx.Graph, second: fx.Graph) -> None:
    """Refuse what was not the same in two calls of one module in the same mode."""
    for node, again in zip(first.nodes, second.nodes, strict=False):
        if known.without_mode(node) != known.without_mode(again):
            why = _(
                "It does something else at each call: it uses random numbers of Python's or NumPy's, or counts its calls. "
                "Leave that out; for dropout use nn.Dropout."
            )
            raise refused(why, _more(first, second, node, again))


def refuse_between_modes(in_training: fx.Graph, in_evaluation: fx.Graph, module: nn.Module) -> None:
    """Refuse what is done in one mode only, but for dropout: whether it is on in each mode is noted in ``in_training``."""
    for trained, evaluated in zip(in_training.nodes, in_evaluation.nodes, strict=False):
        if known.without_mode(trained) != known.without_mode(evaluated):
            raise refused(_advice(trained, evaluated, module), _more(in_training, in_evaluation, trained, evaluated))
        trained.meta["training"] = known.training(trained), known.training(evaluated)


def _advice(trained: fx.Node, evaluated: fx.Node, module: nn.Module) -> Message:
    if trained.op == "call_function" and trained.target == evaluated.target:
        name = functions.name_of(trained)
        return _(
            "In training “{name}” does something else here than in evaluation, and only dropout may. {instead}",
            name=name, instead=advice.instead(name),
        )  # fmt: skip
    if type(module).__module__.startswith("torchvision."):
        return _("In training the network has an additional head here. Make it without that: aux_logits=False.")
    return _(
        "In training the network does something else here than in evaluation. Only dropout may differ: leave out the "
        "condition on self.training, and what is done only in one of the two."
    )


def _more(first: fx.Graph, second: fx.Graph, node: fx.Node, other: fx.Node) -> SourceLine | None:
    """The line of the one of two calls that is in the longer list: what the other skips, not where it goes on."""
    longer, shorter = (node, other) if len(first.nodes) >= len(second.nodes) else (other, node)
    return known.line(longer) or known.line(shorter)
