from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.core.project.project import DataSettings
from cnnlab.engine.data import mnist as mnist_files
from cnnlab.engine.data.datasets import DataError, load, mnist, source, stratified_split
from cnnlab.engine.system.resources import resource

TEST_IMAGES = "t10k-images-idx3-ubyte.gz"
TEST_LABELS = "t10k-labels-idx1-ubyte.gz"


def content(pictures: Any) -> set[bytes]:
    """The set of pictures as bytes; MNIST has no two equal pictures."""
    return {image.numpy().tobytes() for image in pictures.images}


def test_mnist_has_the_known_sizes_types_and_classes() -> None:
    data = mnist()
    for split, count in [(data.train, 55_000), (data.validation, 5_000), (data.test, 10_000)]:
        assert split.images.shape == (count, 1, 28, 28)
        assert split.images.dtype == torch.uint8
        assert split.labels.shape == (count,)
        assert split.labels.dtype == torch.int64
        assert len(split) == count
        assert split.labels.unique().tolist() == list(range(10))
    assert data.classes == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    assert data.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_the_tensors_hold_the_authors_bytes() -> None:
    text = resource("mnist", "LICENSE.md").read_text(encoding="utf-8")
    digests = re.findall(r"`([0-9a-f]{64})`", text)
    stored = [hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() for path in resource("mnist").glob("*.gz")]
    assert sorted(digests) == sorted(stored)
    test = mnist().test
    raw = gzip.decompress(resource("mnist", TEST_IMAGES).read_bytes())
    assert test.images.numpy().tobytes() == raw[16:]
    assert (
        test.labels.to(torch.uint8).numpy().tobytes()
        == gzip.decompress(resource("mnist", TEST_LABELS).read_bytes())[8:]
    )


def test_the_default_preprocessing_is_that_of_the_training_pictures() -> None:
    data = mnist()
    values = torch.cat([data.train.images, data.validation.images]).to(torch.float32) / 255
    assert round(values.mean().item(), 4) == 0.1307
    assert round(values.std().item(), 4) == 0.3081


def test_training_and_validation_pictures_are_disjoint_and_complete() -> None:
    data = mnist()
    train, validation = content(data.train), content(data.validation)
    assert not train & validation
    assert len(train | validation) == 60_000


def test_a_second_call_gives_the_same_value() -> None:
    assert mnist() is mnist(5000, 0) is load(DataSettings())


def test_another_seed_holds_out_other_pictures_of_the_same_classes() -> None:
    first, other = mnist(seed=0), mnist(seed=1)
    assert first.validation.labels.bincount().equal(other.validation.labels.bincount())
    assert not first.validation.images.equal(other.validation.images)


@pytest.mark.parametrize("held_out", [0, 60_000])
def test_one_of_the_two_splits_may_be_empty(held_out: int) -> None:
    data = mnist(held_out)
    assert (len(data.train), len(data.validation)) == (60_000 - held_out, held_out)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=200), st.floats(0, 1), st.integers(0, 2**31))
def test_a_stratified_split_is_exact_proportional_and_repeatable(classes: list[int], part: float, seed: int) -> None:
    labels = torch.tensor(classes, dtype=torch.int64)
    count = int(part * len(classes))
    kept, held_out = stratified_split(labels, count, seed)
    assert len(held_out) == count
    assert sorted(kept.tolist() + held_out.tolist()) == list(range(len(classes)))
    for c in set(classes):
        share = classes.count(c) * count / len(classes)
        assert abs((labels[held_out] == c).sum().item() - share) < 1
    again = stratified_split(labels, count, seed)
    assert kept.equal(again[0])
    assert held_out.equal(again[1])


def test_a_split_neither_reads_nor_moves_the_global_random_state() -> None:
    labels = torch.arange(1000) % 10
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = stratified_split(labels, 100, seed=3)[1]
    assert torch.get_rng_state().equal(before)
    torch.manual_seed(2)
    assert stratified_split(labels, 100, seed=3)[1].equal(first)


@pytest.mark.parametrize("held_out", [-1, 11])
def test_more_than_all_or_less_than_none_cannot_be_held_out(held_out: int) -> None:
    with pytest.raises(DataError, match="there are 10"):
        stratified_split(torch.zeros(10, dtype=torch.int64), held_out, 0)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"“letters”.*mnist"):
        load(DataSettings("letters"))


def test_a_source_tells_the_shape_without_reading() -> None:
    assert source("mnist").shape == (1, 28, 28)
    assert source("mnist").shape == tuple(mnist().test.images.shape[1:])
    assert source("mnist").classes == mnist().classes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the test split's files in the place where the reader looks."""
    for file in (TEST_IMAGES, TEST_LABELS):
        (tmp_path / file).write_bytes(resource("mnist", file).read_bytes())
    monkeypatch.setattr(mnist_files, "resource", lambda _, file: tmp_path / file)
    return tmp_path


def repacked(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: gzip.compress(change(gzip.decompress(data)), 1)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-9], id="cut off"),
        pytest.param(lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:], id="wrong checksum"),
        pytest.param(lambda data: data[:1000] + bytes([data[1000] ^ 1]) + data[1001:], id="one bit flipped"),
        pytest.param(lambda data: b"<html>not found</html>", id="a page instead"),
        pytest.param(gzip.decompress, id="not packed"),
        pytest.param(repacked(lambda raw: raw[:-1]), id="one value short"),
        pytest.param(repacked(lambda raw: raw + b"\0"), id="one value long"),
        pytest.param(repacked(lambda raw: b"\0\0\x0d" + raw[3:]), id="magic number of floats"),
        pytest.param(repacked(lambda raw: raw[:4] + b"\0\0\x27\x0f" + raw[8:]), id="another count"),
    ],
)
@pytest.mark.parametrize("file", [TEST_IMAGES, TEST_LABELS])
def test_a_damaged_file_is_named(folder: Path, file: str, damage: Callable[[bytes], bytes]) -> None:
    path = folder / file
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=f"{file} is damaged") as caught:
        mnist_files.test_pictures()
    assert str(caught.value.message) == str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / TEST_LABELS).unlink()
    with pytest.raises(DataError, match=f"{TEST_LABELS} cannot be read: No such file"):
        mnist_files.test_pictures()


def test_the_whole_data_set_is_refused_not_half_of_it(folder: Path) -> None:
    mnist_files._mnist.cache_clear()
    with pytest.raises(DataError, match="train-images"):
        mnist()
    assert mnist_files._mnist.cache_info().currsize == 0
