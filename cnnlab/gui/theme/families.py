"""What the families of layers are called in the window."""

from __future__ import annotations

from cnnlab.core.catalog.spec import Family
from cnnlab.core.messages import Message
from cnnlab.core.messages import message as _

FAMILY_TITLES: dict[Family, Message] = {
    Family.TERMINAL: _("Input and output"),
    Family.FEATURES: _("Features"),
    Family.POOLING: _("Pooling"),
    Family.ACTIVATION: _("Activation"),
    Family.NORMALISATION: _("Normalisation"),
    Family.REGULARISATION: _("Regularisation"),
    Family.SHAPE: _("Shape"),
    Family.JOIN: _("Join"),
}
