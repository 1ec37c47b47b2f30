"""How a network is trained: every setting of a run, with its range and its words."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.core.messages import message as _
from cnnlab.core.params import Choice, Flag, Param, Real, Whole
from cnnlab.core.training_options import (
    CHANNELS_LAST_OPTIONS,
    CLASS_WEIGHT_OPTIONS,
    DEVICE_OPTIONS,
    LOSS_OPTIONS,
    OPTIMISER_OPTIONS,
    PICTURES_OPTIONS,
    PRECISION_OPTIONS,
    SCHEDULE_OPTIONS,
)

LOSSES = ("cross_entropy", "nll", "binary_cross_entropy", "hinge", "mse", "mae", "huber")
OPTIMISERS = ("sgd", "adam", "adamw", "rmsprop", "adagrad")
SCHEDULES = ("cosine", "constant", "step", "one_cycle", "plateau")
PRECISIONS = ("auto", "float32", "tf32", "bf16", "fp16")
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class TrainingSettings:
    """How to train. ``TRAINING_PARAMS`` holds range and words of each field."""

    loss: str = "cross_entropy"
    label_smoothing: float = 0.0
    class_weights: str = "none"
    huber_delta: float = 1.0
    optimiser: str = "adam"
    learning_rate: float = 0.003
    momentum: float = 0.9
    nesterov: bool = False
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0
    decay_all: bool = False
    l1: float = 0.0
    clip_norm: float = 0.0
    schedule: str = "cosine"
    warm_up: float = 0.0
    step_every: int = 10
    step_factor: float = 0.1
    plateau_patience: int = 3
    one_cycle_up: float = 0.3
    batch_size: int = 64
    epochs: int = 2
    most_steps: int = 0
    early_stopping: int = 0
    shuffle: bool = True
    drop_last: bool = False
    pictures: str = "auto"
    workers: int = 0
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    channels_last: str = "auto"
    threads: int = 0
    snapshots_mb: int = 100

    def __post_init__(self) -> None:
        for param in TRAINING_PARAMS:
            object.__setattr__(self, param.name, param.normal(getattr(self, param.name)))


TRAINING_PARAMS: tuple[Param, ...] = (
    Choice("loss", _("Loss function"), _("What training makes small. Cross-entropy tells classes apart; the squared, absolute and "
           "Huber errors are for a number."), "cross_entropy", options=LOSSES, named=LOSS_OPTIONS),
    Real("label_smoothing", _("Label smoothing"), _("How much of the certainty cross-entropy asks for is spread over the other "
         "classes. 0.1 keeps a network from being too sure."), 0.0, low=0.0, high=0.9, advanced=True),
    Choice("class_weights", _("Class weights"), _("Whether the pictures of a rare class count for more."), "none",
           options=("none", "balanced"), named=CLASS_WEIGHT_OPTIONS, advanced=True),
    Real("huber_delta", _("Huber’s bend"), _("Errors below it count squared, above it in proportion."), 1.0, low=0.0, high=1e6,
         above_low=True),
    Choice("optimiser", _("Optimiser"), _("The rule that turns gradients into steps."), "adam", options=OPTIMISERS,
           named=OPTIMISER_OPTIONS),
    Real("learning_rate", _("Learning rate"), _("How large a step is. 0.003 suits Adam, 0.05 suits SGD."), 0.003,
         low=0.0, high=100.0, above_low=True),
    Real("momentum", _("Momentum"), _("How much of the last step SGD or RMSprop keeps. Adam has its own."), 0.9,
         low=0.0, high=0.9999),
    Flag("nesterov", _("Nesterov"), _("SGD looks ahead: the gradient counts as if the step by momentum were done."), False,
         advanced=True),
    Real("beta1", _("Beta 1"), _("How slowly Adam forgets gradients."), 0.9, low=0.0, high=0.9999, advanced=True),
    Real("beta2", _("Beta 2"), _("How slowly Adam forgets squared gradients; RMSprop’s smoothing."), 0.999,
         low=0.0, high=0.999999, advanced=True),
    Real("weight_decay", _("Weight decay"), _("Pulls every weight towards zero (L2). Normalisation and biases are spared."), 0.0,
         low=0.0, high=10.0),
    Flag("decay_all", _("Decay norms and biases"), _("Weight decay and L1 penalty for normalisation layers and biases too."),
         False, advanced=True),
    Real("l1", _("L1 penalty"), _("Adds the sum of the weights’ magnitudes times this to the loss, so that many become almost "
         "zero."), 0.0, low=0.0, high=10.0, advanced=True),
    Real("clip_norm", _("Clip gradients"), _("Gradients longer than this are shortened to it; 0 leaves them."), 0.0,
         low=0.0, high=1e6, zero=_("off"), advanced=True),
    Choice("schedule", _("Schedule"), _("How the learning rate goes on while the run does."), "cosine", options=SCHEDULES,
           named=SCHEDULE_OPTIONS),
    Real("warm_up", _("Warm-up, epochs"), _("The learning rate rises in a straight line for so long, before the schedule begins."),
         0.0, low=0.0, high=1000.0, advanced=True),
    Whole("step_every", _("A step every, epochs"), _("How long the learning rate stays before it falls."), 10, low=1, high=100_000),
    Real("step_factor", _("Factor"), _("What the learning rate is multiplied by when it falls."), 0.1, low=0.0, high=1.0,
         above_low=True),
    Whole("plateau_patience", _("Patience, epochs"), _("How many epochs without a lower validation loss are waited for before the "
          "learning rate falls."), 3, low=0, high=1000),
    Real("one_cycle_up", _("Share going up"), _("Which part of the run the learning rate rises, before it falls."), 0.3,
         low=0.0, high=1.0),
    Whole("batch_size", _("Batch size"), _("How many pictures are looked at before each step."), 64, low=1, high=65536),
    Whole("epochs", _("Epochs"), _("How often every training picture is seen."), 2, low=1, high=100_000),
    Whole("most_steps", _("Most steps"), _("Ends the run after so many steps, in the middle of an epoch too; 0: all epochs."), 0,
          low=0, high=2**31 - 1, zero=_("no limit"), advanced=True),
    Whole("early_stopping", _("Early stop, epochs"), _("Stops after so many epochs without a lower validation loss and goes "
          "back to the best weights; 0: never."), 0, low=0, high=1000, zero=_("never")),
    Flag("shuffle", _("Shuffle"), _("Takes the pictures in another order in every epoch; without it, always in the order of the "
         "data set."), True, advanced=True),
    Flag("drop_last", _("Drop last"), _("Leaves out the last batch of an epoch if it is smaller than the others."), False,
         advanced=True),
    Choice("pictures", _("Pictures"), _("Where the pictures wait for their turn."), "auto", options=("auto", "memory", "stream"),
           named=PICTURES_OPTIONS, advanced=True),
    Whole("workers", _("Workers"), _("Processes that read ahead when pictures are streamed; 0 reads in the run itself. The result "
          "is the same."), 0, low=0, high=64, zero=_("in the run"), advanced=True),
    Whole("seed", _("Seed"), _("Decides fresh weights, order and augmentation. The same seed gives the same run."), 0,
          low=0, high=2**31 - 1),
    Choice("device", _("Device"), _("Where the numbers are worked out."), "auto", options=DEVICES, named=DEVICE_OPTIONS,
           advanced=True),
    Choice("precision", _("Precision"), _("How exact the arithmetic is: float32, or fewer bits for speed where the device is good "
           "at it. Weights stay float32."), "auto", options=PRECISIONS, named=PRECISION_OPTIONS, advanced=True),
    Choice("channels_last", _("Channels last"), _("The order of numbers in memory that convolutions on most devices are quicker "
           "with. It changes no result but rounding."), "auto", options=("auto", "on", "off"),
           named=CHANNELS_LAST_OPTIONS, advanced=True),
    Whole("threads", _("Threads"), _("Processor threads for the arithmetic; 0 tries a few and keeps the quickest. The count "
          "changes the last bits."), 0, low=0, high=1024, zero=_("automatic"), advanced=True),
    Whole("snapshots_mb", _("Snapshots, MB"), _("Space for the weights along the way, from which a training can be replayed; "
          "0 keeps none."), 100, low=0, high=10**6, zero=_("none"), advanced=True),
)  # fmt: skip
