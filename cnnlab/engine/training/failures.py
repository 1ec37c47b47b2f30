"""Why a run failed, in words for people: what happened, what is safe, what to do."""

from __future__ import annotations

import math

import numpy as np
import torch

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.core.numerals import plain, whole
from cnnlab.core.project.project import Weights
from cnnlab.core.training.settings import TrainingSettings
from cnnlab.engine.data import streaming
from cnnlab.engine.training import distributed


class NotFinite(Refusal):
    """Loss or weights are infinite or not a number; ``message`` says which, and at which step."""


def check_loss(loss: float, step: int) -> None:
    """Raises ``NotFinite`` for a loss that must not lead to the step ``step``."""
    if math.isnan(loss):
        raise NotFinite(_("The loss became NaN at step {step}.", step=whole(step)))
    if math.isinf(loss):
        raise NotFinite(_("The loss became infinite at step {step}.", step=whole(step)))


def check_gradients(length: float, step: int) -> None:
    """Raises ``NotFinite`` for gradients whose ``length`` says that they must not lead to the step ``step``."""
    if not math.isfinite(length):
        raise NotFinite(_("The gradients became infinite at step {step}.", step=whole(step)))


def are_finite(held: Weights) -> bool:
    """Whether anybody should get these weights."""
    return all(np.isfinite(array).all() for tensors in held.nodes.values() for array in tensors.values())


def check_weights(held: Weights) -> None:
    """Raises ``NotFinite`` for weights that nobody should get."""
    if not are_finite(held):
        raise NotFinite(_("Some weights became NaN or infinite at step {step}.", step=whole(held.step)))


def explain(error: Exception, kept: int, settings: TrainingSettings) -> Message:
    """The message for a run by ``settings`` that ``error`` ended; the weights of step ``kept`` are left."""
    if streaming.is_of_a_process(error):
        error = streaming.as_data_error(error)
    text, step = str(error), whole(kept)
    if isinstance(error, NotFinite):
        return _(
            "{what} Training was stopped; the weights of step {step} are kept. The learning rate ({rate}) is the usual "
            "reason; try {lower}.",
            what=error.message,
            step=step,
            rate=plain(settings.learning_rate),
            lower=plain(settings.learning_rate / 10),
        )
    if distributed.is_parting(error):
        what = error.message if isinstance(error, Refusal) else distributed.LOST
        return _(
            "{what} Training was stopped; the weights of step {step} are kept. Continue with --resume.",
            what=what,
            step=step,
        )
    if isinstance(error, Refusal):  # a picture that is gone, say
        return _("{what} Training was stopped; the weights of step {step} are kept.", what=error.message, step=step)
    if isinstance(error, torch.OutOfMemoryError) or "MPS backend out of memory" in text:
        return _(
            "The GPU ran out of memory at batch size {size}. The weights of step {step} are kept. {advice}",
            size=settings.batch_size,
            step=step,
            advice=_less(settings.batch_size),
        )
    # torch has no exception of its own for main memory: "[enforce fail …] DefaultCPUAllocator: not enough memory".
    if isinstance(error, MemoryError) or "not enough memory" in text or "can't allocate memory" in text:
        return _(
            "This computer ran out of memory at batch size {size}. The weights of step {step} are kept. {advice}",
            size=settings.batch_size,
            step=step,
            advice=_less(settings.batch_size),
        )
    # Older parts of torch raise a plain RuntimeError for the same.
    if isinstance(error, torch.AcceleratorError) or text.startswith(("CUDA error", "cuDNN error")):
        return _(
            "The GPU stopped responding. The weights of step {step} are kept. Restart cnnlab to use it again, or train "
            "on the CPU.",
            step=step,
        )
    if isinstance(error, ValueError) and "more than 1 value per channel" in text:
        return _(
            "A batch of one picture left batch normalisation with one value per channel, which has no variance. The "
            "weights of step {step} are kept. Choose another batch size.",
            step=step,
        )
    return _(
        "Training stopped because of an error in cnnlab ({kind}). The project and the weights of step {step} are safe. "
        "The log has the details.",
        kind=type(error).__name__,
        step=step,
    )


def _less(batch_size: int) -> Message:
    """What needs less memory."""
    if batch_size > 1:
        return _("Try batch size {half}.", half=batch_size // 2)
    return _("Make the network smaller.")
