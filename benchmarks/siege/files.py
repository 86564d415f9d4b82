"""Valid files that are small and cost much to decode."""

from __future__ import annotations

import io
import tempfile
import zipfile
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from fizzog_core.settings import ROOT


def flat_video(path: Path, size: tuple[int, int], frames: int = 2, pixel_aspect: Fraction | None = None) -> Path:
    """An H.264 video of grey frames of ``size`` (width, height), 10 a second."""
    with av.open(str(path), "w") as output:
        video: Any = output.add_stream("libx264", rate=10)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.options = {"preset": "ultrafast", "bf": "0"}
        if pixel_aspect:
            video.codec_context.sample_aspect_ratio = pixel_aspect
        frame: Any = av.VideoFrame(*size, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([99]) * plane.buffer_size)
        for index in range(frames):
            frame.pts, frame.time_base = index, Fraction(1, 10)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
    return path


def growing_video(path: Path) -> Path:
    """H.264 frames of 64 x 64, then of 8160 x 6120; the container's header says 64 x 64."""
    packets = []
    for size, frames in (((64, 64), 10), ((8160, 6120), 4)):
        encoder: Any = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = *size, "yuv420p", Fraction(1, 10)
        encoder.options = {"preset": "ultrafast", "bf": "0"}
        for _ in range(frames):
            packets += encoder.encode(av.VideoFrame(*size, "yuv420p"))
        packets += encoder.encode(None)
    with av.open(str(path), "w") as output:
        video: Any = output.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for index, packet in enumerate(packets):
            packet.stream, packet.pts, packet.dts, packet.time_base = video, index, index, Fraction(1, 10)
            output.mux(packet)
    return path


@cache
def wide_video() -> bytes:
    """8160 x 6120 pixels a frame in less than 200 kB."""
    return _bytes(lambda path: flat_video(path, (8160, 6120)), "a.mp4")


@cache
def stretched_video() -> bytes:
    """2900 x 2900 pixels a frame, shown at 11600 x 2900."""
    return _bytes(lambda path: flat_video(path, (2900, 2900), pixel_aspect=Fraction(4, 1)), "a.mp4")


@cache
def changing_video() -> bytes:
    """64 x 64 pixels at first, 8160 x 6120 later."""
    return _bytes(growing_video, "a.avi")


@cache
def long_video(frames: int = 30_000) -> bytes:
    """Many frames in few bytes; the site analyses at most 18,000 of them."""
    return _bytes(lambda path: flat_video(path, (64, 64), frames), "a.mp4")


@cache
def flat_picture(megapixels: float, form: str) -> bytes:
    """A grey picture of one colour: few bytes, many pixels."""
    side = round((megapixels * 1e6) ** 0.5)
    file = io.BytesIO()
    Image.new("RGB", (side, side), "gray").save(file, form)
    return file.getvalue()


@cache
def noise_picture(megapixels: float) -> bytes:
    """A PNG that takes a second and more to read and analyse."""
    side = round((megapixels * 1e6) ** 0.5)
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (side, side, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "PNG", compress_level=1)
    return file.getvalue()


@cache
def heavy_zip(form: str = "AVIF", count: int = 100) -> bytes:
    """A data set of ``count`` small files of 12 megapixels."""
    return packed({f"cat/{number}.{form.lower()}": flat_picture(12, form) for number in range(count)})


@cache
def long_names() -> bytes:
    """A data set whose pictures have names of 60,000 characters, as Python makes arrays of one width of them."""
    picture = flat_picture(0.0004, "PNG")
    return packed(
        {f"cat/{'a' * 60_000}{number}.png": picture for number in range(8)}
        | {f"cat/{number}.png": picture for number in range(900)}
    )


@cache
def honest_video() -> bytes:
    """Two seconds of a face, 320 x 240, 10 frames a second."""
    face = Image.open(ROOT / "samples" / "astronaut.png").convert("RGB").resize((320, 240))
    packets = io.BytesIO()
    with av.open(packets, "w", format="mp4") as output:
        video: Any = output.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = *face.size, "yuv420p"
        for _ in range(20):
            output.mux(video.encode(av.VideoFrame.from_image(face)))
        output.mux(video.encode(None))
    return packets.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of ``files`` by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def _bytes(write: Any, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder, name)).read_bytes()
