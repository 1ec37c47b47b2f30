from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnlab.core.data.preprocessing import Preprocessing
from cnnlab.engine.data.datasets import mnist, source
from cnnlab.engine.data.pictures import PictureError, fit_picture, open_picture
from cnnlab.engine.data.preparation import prepare
from cnnlab.engine.system.resources import resource

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLOURS = np.random.default_rng(0).integers(0, 256, (24, 40, 3)).astype(np.uint8)


def png(width: int, height: int, rows: bytes = b"") -> bytes:
    """A grey PNG that claims a size, whatever its rows hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


@pytest.mark.parametrize("ending", ["png", "bmp", "tiff", "gif"])
def test_lossless_greys_come_back_exactly(tmp_path: Path, ending: str) -> None:
    np.testing.assert_array_equal(open_picture(saved(tmp_path / f"a.{ending}", Image.fromarray(RAMP))), RAMP)


@pytest.mark.parametrize("ending", ["png", "bmp", "tiff"])
def test_lossless_colours_come_back_exactly(tmp_path: Path, ending: str) -> None:
    np.testing.assert_array_equal(open_picture(saved(tmp_path / f"a.{ending}", Image.fromarray(COLOURS))), COLOURS)


@pytest.mark.parametrize("file", ["astronaut.jpg", "chelsea.jpg", "coffee.jpg"])
def test_the_bundled_photos_open(file: str) -> None:
    picture = open_picture(resource("photos", file))
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3


def test_a_wrong_ending_does_not_matter(tmp_path: Path) -> None:
    saved(tmp_path / "a.png", Image.fromarray(RAMP)).rename(tmp_path / "a.jpg")
    np.testing.assert_array_equal(open_picture(str(tmp_path / "a.jpg")), RAMP)


@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_sixteen_bits_are_scaled_not_cut_off(tmp_path: Path, ending: str) -> None:
    ramp = RAMP.astype(np.uint16) * 257
    np.testing.assert_array_equal(open_picture(saved(tmp_path / f"a.{ending}", Image.fromarray(ramp))), RAMP)


def test_a_dark_sixteen_bit_picture_stays_dark(tmp_path: Path) -> None:
    picture = open_picture(saved(tmp_path / "a.png", Image.fromarray(np.full((4, 4), 200, np.uint16))))
    assert (picture == 1).all()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(RAMP / np.float32(255), id="0 to 1"),
        pytest.param(RAMP.astype(np.float32), id="0 to 255"),
        pytest.param(RAMP * np.float32(257), id="0 to 65535"),
        pytest.param(RAMP.astype(np.int32) * 257, id="integers"),
        pytest.param(RAMP * np.float32(1e4) - np.float32(7e5), id="its own extremes"),
    ],
)
def test_floats_and_long_integers_are_scaled_by_their_range(tmp_path: Path, values: np.ndarray) -> None:
    np.testing.assert_array_equal(open_picture(saved(tmp_path / "a.tiff", Image.fromarray(values))), RAMP)


def test_a_constant_picture_of_large_numbers_is_black(tmp_path: Path) -> None:
    assert not open_picture(saved(tmp_path / "a.tiff", Image.fromarray(np.full((3, 3), 1e6, np.float32)))).any()


def test_transparent_parts_show_white(tmp_path: Path) -> None:
    colours = np.zeros((2, 3, 4), np.uint8)
    colours[0] = (200, 0, 0, 255)
    picture = open_picture(saved(tmp_path / "a.png", Image.fromarray(colours)))
    assert (picture[0] == (200, 0, 0)).all()
    assert (picture[1] == 255).all()


def test_grey_with_alpha_stays_grey(tmp_path: Path) -> None:
    both = np.stack([RAMP, np.where(RAMP < 128, 255, 0).astype(np.uint8)], 2)
    picture = open_picture(saved(tmp_path / "a.png", Image.fromarray(both)))
    np.testing.assert_array_equal(picture, np.where(RAMP < 128, RAMP, 255))


def test_a_palette_with_a_transparent_colour(tmp_path: Path) -> None:
    image = Image.fromarray(np.array([[0, 1, 2]], np.uint8)).convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    picture = open_picture(saved(tmp_path / "a.png", image, transparency=1))
    assert picture.tolist() == [[[255, 0, 0], [255, 255, 255], [0, 0, 255]]]


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    image = Image.fromarray(RAMP > 100)
    np.testing.assert_array_equal(open_picture(saved(tmp_path / "a.png", image)), np.where(RAMP > 100, 255, 0))


def test_the_four_inks_of_print_become_colours(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", Image.new("CMYK", (8, 8), (0, 255, 255, 0)), quality=95)
    assert np.abs(open_picture(path).astype(int) - (255, 0, 0)).max() < 6


def test_a_photo_taken_with_the_camera_turned_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = open_picture(saved(tmp_path / "a.png", Image.fromarray(COLOURS), exif=exif))
    np.testing.assert_array_equal(picture, np.rot90(COLOURS, -1))


@pytest.mark.parametrize("ending", ["gif", "tiff", "webp"])
def test_of_several_frames_it_is_the_first(tmp_path: Path, ending: str) -> None:
    frames = [Image.new("L", (9, 7), value) for value in (255, 0, 90)]
    options = {"lossless": True} if ending == "webp" else {}
    path = saved(tmp_path / f"a.{ending}", frames[0], save_all=True, append_images=frames[1:], **options)
    picture = open_picture(path)
    assert picture.shape[:2] == (7, 9)
    assert (picture == 255).all()


def test_the_file_may_be_deleted_after_reading(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.tiff", Image.fromarray(COLOURS))
    picture = open_picture(path)
    path.write_bytes(b"")
    np.testing.assert_array_equal(picture, COLOURS)
    picture[0, 0] = 0  # it is the caller's own


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is not a picture", id="0 bytes"),
        pytest.param(b"<html>404</html>", "is not a picture", id="a page"),
        pytest.param(b"just words, named .jpg", "is not a picture", id="text"),
        pytest.param(b"%PDF-1.7\n", "is not a picture", id="another format"),
        pytest.param(b"P5 2 2 255\n\0\0\0\0", "is not a picture", id="a format that is not on the list"),
        pytest.param(b"\0\5\x16\7\0\2\0\0Mac OS X        ", "is not a picture", id="a Mac's side file"),
        pytest.param(png(8, 8, bytes(72))[:33], "is not a picture", id="header only"),
        pytest.param(png(8, 8), "damaged", id="no rows"),
        pytest.param(png(8, 8, bytes(30)), "damaged", id="too few rows"),
        pytest.param(png(8, 8, bytes(72)).replace(b"x\x9c", b"x\x9d"), "damaged", id="rows that do not unpack"),
        pytest.param(cut(resource("photos", "chelsea.jpg").read_bytes()), "damaged", id="half a photo"),
        pytest.param(png(8000, 8001), "8,000 × 8,001 pixels, and at most 64 million", id="just above the limit"),
        pytest.param(png(10_000, 10_000), "too large", id="where Pillow only warns"),
        pytest.param(png(40_000, 40_000), "too large", id="a bomb"),
        pytest.param(png(32_769, 1, bytes(32_770)), "32,769 × 1 pixels.* 32,768 on a side", id="too long"),
    ],
)
def test_what_is_no_sound_picture_is_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "cat.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=said) as caught:
        open_picture(path)
    assert "“cat.jpg”" in str(caught.value.message)


def test_a_float_picture_with_holes_is_refused(tmp_path: Path) -> None:
    values = np.ones((3, 3), np.float32)
    values[1, 1] = np.nan
    with pytest.raises(PictureError, match="damaged"):
        open_picture(saved(tmp_path / "a.tiff", Image.fromarray(values)))


@pytest.mark.parametrize("folder", [".", "/"])
def test_a_folder_without_a_name_is_called_as_it_was_given(folder: str) -> None:
    with pytest.raises(PictureError, match=f"“{re.escape(folder)}” is a folder"):
        open_picture(folder)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="does not exist"):
        open_picture(tmp_path / "a.png")
    (tmp_path / "b.png").mkdir()
    with pytest.raises(PictureError, match="is a folder"):
        open_picture(tmp_path / "b.png")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The bytes of one small picture of each format."""
    folder = tmp_path_factory.mktemp("sound")
    exif = Image.Exif()
    exif[0x0112] = 6
    colours = Image.fromarray(COLOURS)
    palette = colours.convert("P")
    return [
        saved(folder / "a.png", colours, exif=exif).read_bytes(),
        saved(folder / "b.png", palette, transparency=3).read_bytes(),
        saved(folder / "a.jpg", colours, exif=exif).read_bytes(),
        saved(folder / "a.gif", palette).read_bytes(),
        saved(folder / "a.bmp", colours).read_bytes(),
        saved(folder / "a.tiff", colours, compression="tiff_lzw").read_bytes(),
        saved(folder / "b.tiff", Image.fromarray(RAMP.astype(np.float32))).read_bytes(),
        saved(folder / "a.webp", colours).read_bytes(),
    ]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_changed_bytes_give_a_picture_or_a_picture_error(
    tmp_path_factory: pytest.TempPathFactory, sound: list[bytes], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(sound)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(len(content) // 4, len(content))) :]
    path = tmp_path_factory.getbasetemp() / "mutant"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", category=UserWarning, module="PIL"
        )  # "Corrupt EXIF data", "Truncated File Read"
        try:
            picture = open_picture(path)
        except PictureError:
            return
    assert picture.dtype == np.uint8


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1-channel colour"])
def test_a_saved_mnist_digit_is_read_like_the_test_picture(tmp_path: Path, mode: str) -> None:
    image = mnist().test.images[7:8]
    drawn = Image.fromarray(image[0, 0].numpy())
    path = saved(tmp_path / "7.png", drawn if mode == "1-channel colour" else drawn.convert(mode))
    fitted = fit_picture(open_picture(path), source("mnist").shape)
    assert fitted.equal(image)
    for shape in [(1, 28, 28), (1, 32, 32)]:
        assert prepare(fitted, Preprocessing(), shape).equal(prepare(image, Preprocessing(), shape))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 3]), st.booleans(), st.integers(1, 40))
def test_any_picture_fits_any_data_set(height: int, width: int, channels: int, coloured: bool, side: int) -> None:
    picture = np.full((height, width, 3) if coloured else (height, width), 77, np.uint8)
    fitted = fit_picture(picture, (channels, side, 28))
    assert fitted.shape == (1, channels, side, 28)
    assert fitted.dtype == torch.uint8
    assert (fitted == 77).all()


def test_the_middle_of_a_wide_picture_is_taken() -> None:
    picture = np.zeros((50, 200, 3), np.uint8)
    picture[:, 75:125] = (255, 128, 0)
    fitted = fit_picture(picture, (3, 25, 25))
    assert (fitted[0, :, 1:-1, 1:-1] == torch.tensor([255, 128, 0], dtype=torch.uint8).view(3, 1, 1)).all()


@pytest.mark.parametrize(("flip", "axis"), [(np.flipud, 2), (np.fliplr, 3)], ids=["upside down", "mirrored"])
def test_rows_stay_rows_and_channels_channels(flip: Callable[[np.ndarray], np.ndarray], axis: int) -> None:
    straight = fit_picture(COLOURS, (3, 12, 20))
    flipped = fit_picture(np.ascontiguousarray(flip(COLOURS)), (3, 12, 20))
    assert (straight.flip(axis).int() - flipped.int()).abs().max() <= 1
    unscaled = fit_picture(COLOURS, (3, 24, 40))
    np.testing.assert_array_equal(unscaled[0].permute(1, 2, 0).numpy(), COLOURS)
