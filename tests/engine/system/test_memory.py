from __future__ import annotations

import os
from typing import Any

import pytest

from cnnlab.engine.system import memory


def test_a_system_that_does_not_tell_has_eight_gibibytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> int:
        raise ValueError(name)

    assert memory.physical_bytes() > 2**28
    monkeypatch.setattr(os, "sysconf", refuse)
    assert memory.physical_bytes.__wrapped__() == 8 * 2**30


def test_what_is_free_is_some_of_it() -> None:
    assert 0 < memory.free_bytes() <= memory.physical_bytes()


def test_a_system_that_does_not_tell_what_is_free_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(memory, "allowed", lambda: None)
    assert memory.free_bytes() == memory.physical_bytes()


def test_a_limit_holds_where_more_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "allowed", lambda: 12_345)
    assert memory.free_bytes() == 12_345
    monkeypatch.setattr(memory, "allowed", lambda: 2**60)
    assert memory.free_bytes() <= memory.physical_bytes()


def test_processes_that_train_together_share_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "allowed", lambda: 9000)
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "3")
    assert memory.free_bytes() == 3000
    monkeypatch.delenv("LOCAL_WORLD_SIZE")  # another launcher than torchrun
    assert memory.free_bytes() == 9000
