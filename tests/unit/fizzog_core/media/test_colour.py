"""Deep grey, floating point and YCbCr to 8-bit RGB."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from fizzog_core.errors import PictureError
from fizzog_core.media import colour, images


def tiff(values: np.ndarray, **tags: int) -> bytes:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    if "max_sample" in tags:
        info[281] = tags["max_sample"]
    file = io.BytesIO()
    Image.fromarray(values).save(file, "TIFF", tiffinfo=info)
    return file.getvalue()


@pytest.mark.parametrize(("top", "white"), [(255, 255), (1023, 1023), (4000, 4095), (16000, 16383), (40000, 65535)])
@pytest.mark.parametrize("form", ["TIFF", "PNG"])
def test_sixteen_bit_grey_is_scaled_by_the_bit_depth_in_use(top: int, white: int, form: str) -> None:
    values = np.array([[0, top // 2, top]], dtype=np.uint16)
    file = io.BytesIO()
    Image.fromarray(values).save(file, form)
    frame = images.decode(file.getvalue())
    assert frame[0, :, 0].tolist() == [0, round(top // 2 * 255 / white), round(top * 255 / white)]


def test_a_declared_white_comes_first() -> None:
    values = np.array([[0, 1000]], dtype=np.uint16)
    assert images.decode(tiff(values, max_sample=4000))[0, :, 0].tolist() == [0, 64]


def test_a_header_that_scales_keeps_dark_images_dark() -> None:
    assert images.decode(b"P5 2 1 65535\n" + np.array([0, 257], ">u2").tobytes())[0, :, 0].tolist() == [0, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint16])
def test_floating_point_and_deep_rgb_tiff(dtype: type) -> None:
    rgb = np.zeros((4, 6, 3))
    rgb[..., 0], rgb[..., 2] = 1.0, 0.5
    values = (rgb * (65535 if dtype == np.uint16 else 1)).astype(dtype)
    done, data = cv2.imencode(".tif", values[..., ::-1])
    assert done
    frame = images.decode(data.tobytes())
    assert frame.shape == (4, 6, 3)
    assert np.abs(frame[1, 1].astype(int) - (255, 0, 128)).max() <= 1
    with pytest.raises(PictureError, match="6 x 4 = 24"):
        images.decode(data.tobytes(), max_pixels=23)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg"])
def test_ycbcr_tiff(compression: str | None) -> None:
    file = io.BytesIO()
    Image.new("RGB", (32, 24), (200, 30, 30)).convert("YCbCr").save(file, "TIFF", compression=compression)
    frame = images.decode(file.getvalue())
    assert frame.shape == (24, 32, 3)
    assert np.abs(frame[3, 3].astype(int) - (200, 30, 30)).max() <= 2


def test_scaled_ignores_what_is_not_finite() -> None:
    values = np.array([[[np.nan, np.inf, -1.0], [0.0, 1.0, 2.0]]], dtype=np.float32)
    assert colour.scaled(values).tolist() == [[[0, 0, 0], [0, 128, 255]]]
    assert not colour.scaled(np.zeros((2, 2, 3), np.float32)).any()
