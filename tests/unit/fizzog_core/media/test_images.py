from __future__ import annotations

import csv
import io
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from fizzog_core.errors import PictureError
from fizzog_core.media import images

RED_OVER_BLUE = np.zeros((20, 30, 3), dtype=np.uint8)
RED_OVER_BLUE[:10, :, 0] = 255
RED_OVER_BLUE[10:, :, 2] = 255


def save(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "part_of_message"),
    [
        (b"", "empty (0 bytes)"),
        (b"hello, I am a text", "not a picture"),
        (b"\xff\xd8\xff\xe0", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "not a picture"),  # would start Ghostscript
        (save(Image.fromarray(RED_OVER_BLUE), "JPEG")[:-60], "damaged or cut short"),
        (save(Image.new("RGB", (200, 200)), "PNG")[:-30], "damaged or cut short"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(data: bytes, part_of_message: str) -> None:
    with pytest.raises(PictureError) as caught:
        images.decode(data)
    assert part_of_message in str(caught.value)


@pytest.mark.parametrize(
    "form", ["PNG", "JPEG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF", "ICO", "PPM", "JPEG2000"]
)
def test_each_format_decodes_to_the_same_picture(form: str) -> None:
    images.decode(save(Image.fromarray(RED_OVER_BLUE), "PNG"))  # registers HEIC before Pillow is asked to write it
    options = {"sizes": [(30, 20)]} if form == "ICO" else {}
    frame = images.decode(save(Image.fromarray(RED_OVER_BLUE), form, **options))
    assert frame.dtype == np.uint8
    assert frame.shape == (20, 30, 3)
    assert np.abs(frame[[2, 17]].astype(int) - RED_OVER_BLUE[[2, 17]]).max() < 30


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("1", 1, 255),
        ("L", 128, 128),
        ("LA", (0, 0), 255),  # transparent black lies on white
        ("RGBA", (0, 0, 0, 0), 255),
        ("RGBA", (0, 0, 0, 128), 127),
        ("I;16", 128 * 257, 128),
        ("I", 65535, 255),
        ("I", 2**20, 255),
        ("F", 0.25, 255),  # floats have no white of their own: the largest is white
        ("CMYK", (0, 0, 0, 0), 255),
    ],
)
def test_modes_become_eight_bit_rgb(mode: str, value: float | tuple[float, ...], expected: int) -> None:
    frame = images.decode(save(Image.new(mode, (4, 3), value), "TIFF"))
    assert frame.shape == (3, 4, 3)
    assert np.abs(frame.astype(int) - expected).max() <= 1


def test_deep_floats_with_holes_are_read() -> None:
    values = np.array([[np.nan, np.inf, -1.0, 2.0]], dtype=np.float32)
    frame = images.decode(save(Image.fromarray(values), "TIFF"))
    assert frame[0, :, 0].tolist() == [0, 0, 0, 255]


def test_palette_with_transparency_lies_on_white() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([10, 20, 30] * 256)
    assert (images.decode(save(image, "PNG", transparency=0)) == 255).all()
    assert images.decode(save(image, "PNG"))[0, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_an_animation_decodes_to_its_first_frame(form: str) -> None:
    first, second = (Image.new("RGB", (6, 5), color) for color in ("#ff0000", "#00ff00"))
    options = {"lossless": True} if form == "WEBP" else {}
    frame = images.decode(save(first, form, save_all=True, append_images=[second], **options))
    assert frame[2, 2].tolist() == [255, 0, 0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    upright = np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3)
    turns = {  # what a camera stored, so that the reader has to do the reverse
        1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.swapaxes(0, 1),
        6: np.rot90(upright), 7: upright[::-1, ::-1].swapaxes(0, 1), 8: np.rot90(upright, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = save(Image.fromarray(np.ascontiguousarray(turns[orientation])), "PNG", exif=exif)
    assert np.array_equal(images.decode(data), upright)


def _png_claiming(width: int, height: int) -> bytes:
    """A small PNG whose header claims a size that its data does not have."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(8000, 6250), (20_000, 15_000)])
def test_too_many_pixels_are_refused_before_decoding(width: int, height: int) -> None:
    with pytest.raises(PictureError, match="too large: expected at most 25,000,000 pixels, got"):
        images.decode(_png_claiming(width, height))


def test_the_limit_is_a_parameter() -> None:
    data = save(Image.new("RGB", (20, 10)), "PNG")
    assert images.decode(data, max_pixels=200).shape == (10, 20, 3)
    with pytest.raises(PictureError, match="20 x 10"):
        images.decode(data, max_pixels=199)


@pytest.mark.parametrize(("size", "scale"), [((40, 25), 1), ((80, 50), 2), ((81, 51), 4), ((100, 100), 4)])
def test_a_large_jpeg_is_decoded_at_a_smaller_scale(size: tuple[int, int], scale: int) -> None:
    halves = Image.new("RGB", size, "red")
    halves.paste("blue", (size[0] // 2, 0, *size))
    upright = save(halves, "JPEG", quality=95)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = save(halves, "JPEG", quality=95, exif=exif)
    frame = images.decode(upright, max_pixels=1000)
    assert frame.shape == (-(-size[1] // scale), -(-size[0] // scale), 3)
    assert frame[0, 0, 0] > 200
    assert frame[0, -1, 2] > 200
    assert images.decode(turned, max_pixels=1000).shape == (frame.shape[1], frame.shape[0], 3)
    with pytest.raises(PictureError, match="too large: expected at most"):
        images.decode(upright, max_pixels=size[0] * size[1] // 10 - 1)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x" * 300 + ".png", "cannot be read: File name too long"),
        ("null\0byte.png", "cannot be read: embedded null byte"),
        ("data:image/png;base64," + "A" * 9000, "is a data URI"),
    ],
)
def test_a_path_that_the_system_refuses_is_a_short_sentence(name: str, sentence: str) -> None:
    with pytest.raises(PictureError, match=sentence) as caught:
        images.read(Path(name))
    assert len(str(caught.value)) < 400


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    data = save(Image.fromarray(RED_OVER_BLUE), "PNG")
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit((tmp_path / "pipe").write_bytes, data)
        assert np.array_equal(images.read(tmp_path / "pipe"), RED_OVER_BLUE)
        assert written.result(10) == len(data)


def test_read_names_what_is_wrong_with_a_path(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="No file at"):
        images.read(tmp_path / "absent.png")
    with pytest.raises(PictureError, match="is a folder"):
        images.read(tmp_path)
    Image.fromarray(RED_OVER_BLUE).save(tmp_path / "a.png")
    assert np.array_equal(images.read(tmp_path / "a.png"), RED_OVER_BLUE)


@pytest.mark.parametrize(("form", "largest_error"), [("PNG", 0), ("JPEG", 3)])
def test_an_encoded_frame_is_decoded_again(form: Literal["PNG", "JPEG"], largest_error: int) -> None:
    frame = np.full((20, 30, 3), (200, 40, 90), dtype=np.uint8)
    again = images.decode(images.encode(frame, form))
    assert np.abs(again.astype(int) - frame).max() <= largest_error


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of the damaged EXIF that is here on purpose
def test_every_sample_is_read_or_refused_with_a_sentence(shared_data: Path) -> None:
    with (shared_data / "samples" / "pictures" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    refused = set()
    for row in rows:
        try:
            frame = images.read(shared_data / "samples" / row["path"], max_pixels=25_000_000)
        except PictureError:
            refused.add(Path(row["path"]).stem)
        else:
            assert frame.dtype == np.uint8
            assert frame.shape[2] == 3
    assert refused == {
        "pillow_truncated_jpeg", "skimage_truncated", "group_truncated60", "text_named",
        "huge_20000x15000_1bit", "huge_9000x6000_one_face",
    }  # fmt: skip
