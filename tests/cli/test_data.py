from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import published
import pytest
from commands import Command
from loopback import Site, serving

from cnnlab.core.data.published import Download
from cnnlab.core.data.sources import SOURCES
from cnnlab.core.values import Frozen
from cnnlab.engine.data import downloads, fetching, set_folders


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Fashion-MNIST comes from this computer."""
    with serving(Site(published.idx_set())) as site:
        known = []
        for each in SOURCES["fashion_mnist"].downloads:
            content = site.files[each.name]
            known.append(Download(site.address + each.name, len(content), hashlib.sha256(content).hexdigest()))
        sources = Frozen({"fashion_mnist": replace(SOURCES["fashion_mnist"], downloads=tuple(known))})
        monkeypatch.setattr(fetching, "SOURCES", sources)
        opener = site.opener
        monkeypatch.setattr(downloads, "secure_opener", lambda: opener)
        yield site


def test_a_set_is_fetched_and_then_listed_as_here(command: Command, site: Site) -> None:
    before = dict(line.split("\t", 1) for line in command("data", "list").out.splitlines())
    assert set(before) == {name for name, source in SOURCES.items() if source.has_pictures}
    assert "comes with cnnlab" in before["mnist"]
    assert before["fashion_mnist"] == "Fashion-MNIST\tnot downloaded yet; 31 MB"
    place = str(set_folders.home("fashion_mnist"))
    done = command("data", "fetch", "fashion_mnist")
    assert (done.code, done.out) == (0, f"{place}\n")
    assert f"fashion_mnist\tFashion-MNIST\t{place}" in command("data", "list").out


def test_a_download_that_breaks_off_is_told_and_gone_on_with(command: Command, site: Site) -> None:
    site.cut_after = 3000
    done = command("data", "fetch", "fashion_mnist")
    assert (done.code, done.out) == (1, "")
    assert "Incomplete files are not used. Start it again" in done.err
    site.cut_after = None
    assert command("data", "fetch", "fashion_mnist").code == 0
    assert any("bytes=3000-" in asked for asked in site.asked)


def test_ctrl_c_keeps_what_has_come(command: Command, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object, **_named: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "fetch", interrupted)
    done = command("data", "fetch", "fashion_mnist")
    assert (done.code, done.out) == (130, "")
    assert "the same command resumes the download" in done.err


@pytest.mark.parametrize("name", ["mnist", "imagenet", "letters"])
def test_what_cannot_be_fetched_is_refused_with_what_can(command: Command, name: str) -> None:
    done = command("data", "fetch", name)
    assert done.code == 1
    assert "fashion_mnist, cifar10, cifar100" in done.err
