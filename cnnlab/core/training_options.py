"""What the options of the training settings are called, and a sentence about each."""

from __future__ import annotations

from cnnlab.core.messages import message as _
from cnnlab.core.params import Option
from cnnlab.core.values import Frozen

LOSS_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "cross_entropy": Option(_("Cross-entropy"), _("How surprised the network is by the right class. The usual choice for "
                                "classes.")),
        "nll": Option(_("NLL (LogSoftmax)"), _("The same for a network that ends in LogSoftmax.")),
        "binary_cross_entropy": Option(_("Binary cross-entropy"), _("How surprised the network is by the right answer to a yes-or-"
                                       "no question.")),
        "hinge": Option(_("Hinge"), _("Asks that the right class lead every other by a margin of 1, and no more, as a support "
                        "vector machine does.")),
        "mse": Option(_("Squared error"), _("Large errors count most. The usual choice for a number.")),
        "mae": Option(_("Absolute error"), _("Every error counts in proportion, so that a few wild labels do little harm.")),
        "huber": Option(_("Huber"), _("Squared for small errors, in proportion for large ones.")),
    }
)  # fmt: skip

CLASS_WEIGHT_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "none": Option(_("All alike"), _("Every picture counts the same.")),
        "balanced": Option(_("Balanced"), _("A picture of a rare class counts for more, so that every class has the same say.")),
    }
)  # fmt: skip

OPTIMISER_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "sgd": Option(_("SGD"), _("Steps along the gradient, with momentum. Often the best in the end, and wants a learning rate "
                      "that suits.")),
        "adam": Option(_("Adam"), _("Gives every weight a step of its own size. Learns quickly with little tuning.")),
        "adamw": Option(_("AdamW"), _("Adam whose weight decay does not depend on the gradients.")),
        "rmsprop": Option(_("RMSprop"), _("Divides each step by the recent size of the gradient.")),
        "adagrad": Option(_("Adagrad"), _("Divides each step by all gradients so far, so that the steps only become smaller.")),
    }
)  # fmt: skip

SCHEDULE_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "constant": Option(_("Constant"), _("The learning rate stays.")),
        "cosine": Option(_("Cosine"), _("The learning rate falls to zero along half a cosine, over the whole run.")),
        "step": Option(_("Steps"), _("The learning rate falls by a factor, every so many epochs.")),
        "one_cycle": Option(_("One cycle"), _("The learning rate rises from low to its highest and falls to almost zero. Good for "
                            "short runs.")),
        "plateau": Option(_("On a plateau"), _("The learning rate falls by a factor when validation no longer gets better.")),
    }
)  # fmt: skip

PICTURES_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "auto": Option(_("Automatic"), _("In memory if they fit.")),
        "memory": Option(_("In memory"), _("All pictures stay on the device: the fastest way.")),
        "stream": Option(_("Streamed"), _("Each batch is read when it is needed.")),
    }
)  # fmt: skip

DEVICE_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "auto": Option(_("Automatic"), _("A graphics card if there is one.")),
        "cpu": Option(_("Processor")),
        "cuda": Option(_("CUDA graphics card")),
        "mps": Option(_("Apple graphics")),
    }
)

PRECISION_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "auto": Option(_("Automatic"), _("What the device is good at.")),
        "float32": Option(_("float32"), _("32 bits: the most exact.")),
        "tf32": Option(_("TF32"), _("float32 with products of 19 bits, on NVIDIA cards from Ampere on.")),
        "bf16": Option(_("bfloat16"), _("Half the bits, with the range of float32: faster on many newer devices.")),
        "fp16": Option(_("float16"), _("Half the bits, with a smaller range: losses are scaled so that small gradients survive.")),
    }
)  # fmt: skip

CHANNELS_LAST_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "auto": Option(_("Automatic"), _("Where it is quicker.")),
        "on": Option(_("On")),
        "off": Option(_("Off")),
    }
)

INITIALISATION_OPTIONS: Frozen[str, Option] = Frozen(
    {
        "default": Option(_("PyTorch’s own"), _("What PyTorch does when it makes the layer.")),
        "kaiming_normal": Option(_("Kaiming, normal"), _("Keeps the size of the signal through ReLUs: normal numbers with variance "
                                 "2 / inputs.")),
        "kaiming_uniform": Option(_("Kaiming, uniform"), _("Keeps the size of the signal through ReLUs: evenly spread numbers "
                                  "of the same variance.")),
        "xavier_normal": Option(_("Xavier, normal"), _("For tanh and sigmoid: normal numbers with variance "
                                "2 / (inputs + outputs).")),
        "xavier_uniform": Option(_("Xavier, uniform"), _("For tanh and sigmoid: evenly spread numbers of the same "
                                 "variance.")),
        "normal": Option(_("Normal"), _("Normal numbers with the deviation below.")),
        "uniform": Option(_("Uniform"), _("Evenly spread numbers between minus and plus the bound below.")),
        "constant": Option(_("Constant"), _("Every weight is the value below. Filters that begin alike stay alike.")),
        "zeros": Option(_("Zeros"), _("Every weight is 0. Filters that begin alike stay alike.")),
    }
)  # fmt: skip
