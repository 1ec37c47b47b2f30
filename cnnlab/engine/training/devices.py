"""Where a network can be trained on this machine, and torch's threads and random numbers there."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from cnnlab.core.messages import Message, Refusal
from cnnlab.core.messages import message as _
from cnnlab.engine.system.threads import keep_to


class DeviceError(Refusal):
    """A device that this machine does not have; ``message`` says what to choose instead."""


@dataclass(frozen=True)
class Device:
    """``key`` is torch's name and the one in settings (``cpu``, ``cuda``, ``mps``), ``name`` the one for people."""

    key: str
    name: Message


def available() -> tuple[Device, ...]:
    """What this machine has, the one that “auto” takes first, and the processor last."""
    found = []
    if torch.cuda.is_available():
        found.append(Device("cuda", _("GPU: {name}", name=torch.cuda.get_device_name(0))))
    if torch.backends.mps.is_available():
        found.append(Device("mps", _("GPU of this Mac")))
    return (*found, Device("cpu", _("CPU")))


def choose(wanted: str) -> Device:
    """The device for a setting (``auto``, ``cpu``, ``cuda``, ``mps``). Raises ``DeviceError`` where it is not there."""
    devices = available()
    if wanted == "auto":
        return devices[0]
    for device in devices:
        if device.key == wanted:
            return device
    raise DeviceError(
        _(
            "This computer has no “{wanted}” device that PyTorch can use. Nothing was started. Choose “auto”, or one of: "
            "{known}.",
            wanted=wanted,
            known=", ".join(device.key for device in devices),
        )
    )


@contextmanager
def thread_count_restored() -> Generator[None]:
    """Whatever torch's number of threads becomes inside, it is set back; call it in the thread that it counts for."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        keep_to(before)


@contextmanager
def seeded(seed: int, key: str) -> Generator[None]:
    """torch's own generator on the device ``key``, which dropout draws from, stands at ``seed`` inside, and afterwards
    where it stood before."""
    if key == "cpu":
        # Not torch.manual_seed: that looks at every kind of device and takes 0.1 ms, the generator itself 1 µs.
        generator = torch.default_generator
        state = generator.get_state()
        generator.manual_seed(seed)
        try:
            yield
        finally:
            generator.set_state(state)
    else:
        module = torch.get_device_module(key)
        state = module.get_rng_state()
        module.manual_seed(seed)
        try:
            yield
        finally:
            module.set_rng_state(state)


def release_memory(key: str) -> None:
    """Give back what torch holds of the device's memory and does not use."""
    if key != "cpu":
        torch.get_device_module(key).empty_cache()
