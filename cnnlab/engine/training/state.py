"""How far a run has come, beside its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cnnlab.engine.training.step import StepSums

_IN_FILES = {"total_weight": "amount", "correct": "right"}
"""How checkpoints spell what is called otherwise here."""
_OUT_OF_FILES = {spelt: name for name, spelt in _IN_FILES.items()}


@dataclass
class Sums:
    """Sums over the batches of an epoch so far."""

    loss: float = 0.0
    total_weight: float = 0.0
    """What the loss is divided by for its mean: pictures, or their weights."""
    correct: float = 0.0
    error: float = 0.0
    images: int = 0
    seconds: float = 0.0
    """Seconds of work."""

    def figures(self) -> StepSums:
        """The sums as those of one step, without the time."""
        return StepSums(self.loss, self.total_weight, self.correct, self.error, self.images)


@dataclass
class LoopState:
    """How far a run has come. Whatever it draws at random is a function of its seed and of the two counters ``draws`` and
    ``orders``: these are its random state."""

    began_at: int
    """Steps that the weights had behind them before the run."""
    orders: int
    """Epochs that lie behind the run, whose orders it must not show again."""
    draws: int
    """Forward passes that random numbers were drawn for, those of earlier runs included."""
    epoch: int = 1
    """The one in hand, from 1."""
    batch: int = 0
    """Batches of it that are done."""
    over: bool = False
    """Whether early stopping has ended the epochs."""
    images: int = 0
    """Training pictures seen."""
    sums: Sums = field(default_factory=Sums)
    changes: dict[str, float] = field(default_factory=dict)
    """Settings changed on the way, by name; the learning rate is with the schedule."""

    def count(self, figures: StepSums, seconds: float) -> None:
        """Note a completed step, ``seconds`` of work into its epoch."""
        self.draws += 1
        self.batch += 1
        self.images += figures.images
        sums = self.sums
        sums.loss += figures.loss
        sums.total_weight += figures.total_weight
        sums.correct += figures.correct
        sums.error += figures.error
        sums.images += figures.images
        sums.seconds = seconds

    def next_epoch(self) -> None:
        """The one in hand is through."""
        self.epoch, self.batch, self.sums = self.epoch + 1, 0, Sums()

    def plain(self) -> dict[str, Any]:
        """The state as JSON has it, with the names that checkpoints use."""
        state = asdict(self)
        state["sums"] = {_IN_FILES.get(name, name): value for name, value in state["sums"].items()}
        state["random"] = {"draws": state.pop("draws"), "orders": state.pop("orders")}
        return state

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> LoopState:
        """The state from what ``plain`` returned; other keys are ignored."""
        names = cls.__dataclass_fields__.keys() - {"sums", "changes", "draws", "orders"}
        return cls(
            **{name: plain[name] for name in names},
            **plain["random"],
            sums=Sums(**{_OUT_OF_FILES.get(name, name): value for name, value in plain["sums"].items()}),
            changes=dict(plain["changes"]),
        )
