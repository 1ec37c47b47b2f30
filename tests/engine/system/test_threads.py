from __future__ import annotations

import threading

import torch

from cnnlab.engine.system.threads import keep_to


def test_a_thread_keeps_its_number_whatever_another_is_told_before_it_computes() -> None:
    told, others_told = threading.Event(), threading.Event()
    counts: list[int] = []

    def work() -> None:
        keep_to(1)
        told.set()
        assert others_told.wait(20)
        torch.ones(100_000).add_(1)
        counts.append(torch.get_num_threads())

    before = torch.get_num_threads()
    thread = threading.Thread(target=work)
    thread.start()
    assert told.wait(20)
    keep_to(3)
    others_told.set()
    thread.join()
    keep_to(before)
    assert counts == [1]
