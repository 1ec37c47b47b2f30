"""How fast a run goes: its working time, its pictures a second, and the number of threads that suits the machine."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from statistics import median

from cnnlab.engine.system.threads import keep_to


class Stopwatch:
    """Counts seconds while it goes; a run lets it stand while its driver holds the run. One thread starts and stops it, any may
    read it."""

    def __init__(self) -> None:
        # One value, so that no reader comes upon a half of it.
        self._state = 0.0, time.perf_counter(), False
        """What was counted by the last start or stop, when that was, and whether it has gone since."""

    def start(self) -> None:
        """Go on counting."""
        self._state = self.seconds, time.perf_counter(), True

    def stop(self) -> None:
        """Stand still."""
        self._state = self.seconds, time.perf_counter(), False

    @property
    def seconds(self) -> float:
        """Counted so far."""
        counted, since, goes = self._state
        return counted + (time.perf_counter() - since if goes else 0.0)

    @property
    def standing(self) -> float:
        """Seconds since it stands still; 0 while it goes."""
        _counted, since, goes = self._state
        return 0.0 if goes else time.perf_counter() - since


class Rate:
    """Pictures a second, over the batches that together took the last second (at least over the last one)."""

    WINDOW = 1.0

    def __init__(self) -> None:
        self._batches: deque[tuple[float, int]] = deque()
        self._seconds = 0.0
        self._images = 0

    def after(self, seconds: float, images: int) -> float | None:
        """The rate with one more batch of ``images`` that took ``seconds``; None where the clock has not moved."""
        self._batches.append((seconds, images))
        self._seconds += seconds
        self._images += images
        while len(self._batches) > 1 and self._seconds - self._batches[0][0] >= self.WINDOW:
            oldest, images = self._batches.popleft()
            self._seconds -= oldest
            self._images -= images
        return self._images / self._seconds if self._seconds > 0 else None


class ThreadTrial:
    """Sets torch's number of threads for the first batches of a run and times them, a few under each count.

    All cores win on an idle machine and lose badly where another program keeps one of them busy. Belongs to the thread
    that trains: torch keeps the number for each thread apart."""

    WARM_UP, TIMED = 2, 6

    def __init__(self, counts: Sequence[int]) -> None:
        self._counts = counts
        self._times: list[list[float]] = [[]]
        keep_to(counts[0])

    def after(self, seconds: float, images: int) -> int | None:
        """Note a batch. The chosen count, with the batch that settles it; None before."""
        times = self._times[-1]
        times.append(seconds / images)
        if len(times) < self.WARM_UP + self.TIMED:
            return None
        if len(self._times) < len(self._counts):
            keep_to(self._counts[len(self._times)])
            self._times.append([])
            return None
        typical = [median(times[self.WARM_UP :]) for times in self._times]
        chosen = self._counts[typical.index(min(typical))]
        keep_to(chosen)
        return chosen
