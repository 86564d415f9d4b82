"""Writes small synthetic videos with PyAV."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from fizzog_core.types import Frame


def moving_square(index: int, width: int = 64, height: int = 48) -> Frame:
    """A grey frame with a white square that moves right by two pixels a frame, and a red upper left corner."""
    frame = np.full((height, width, 3), 90, np.uint8)
    left = 2 * index % max(1, width - 12)
    frame[height // 2 : height // 2 + 10, left : left + 10] = 255
    frame[: height // 4, : width // 4] = (220, 20, 20)
    return frame


def write_video(
    path: Path,
    frames: int = 10,
    *,
    rate: int = 10,
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    ticks: Sequence[int] | None = None,
    rotation: int = 0,
    sound: str = "",
    pictures: Sequence[Frame] = (),
) -> Path:
    """Writes a video of ``moving_square``, or of ``pictures``.

    ``ticks``: times of the frames in 1/1000 s. ``sound``: the codec of a tone.
    """
    with av.open(str(path), "w") as output:
        video: Any = output.add_stream(codec, rate=rate)
        video.width, video.height = size
        video.pix_fmt = pixel_format
        if rotation:
            video.set_display_rotation(rotation)
        if ticks:
            video.codec_context.time_base = Fraction(1, 1000)
        audio: Any = output.add_stream(sound, rate=48000, layout="mono") if sound else None
        for index in range(frames):
            pixels = pictures[index % len(pictures)] if pictures else moving_square(index, *size)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if ticks:
                frame.pts, frame.time_base = ticks[index], Fraction(1, 1000)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if audio is not None:
            write_tone(output, audio, frames / rate)
    return path


def write_tone(output: Any, stream: Any, seconds: float) -> None:
    """Writes a tone of 440 Hz into a mono stream of 48,000 samples a second."""
    count = round(48000 * seconds)
    wave = (0.2 * np.sin(2 * np.pi * 440 / 48000 * np.arange(count))).astype(np.float32)[None]
    for start in range(0, count, 960):
        frame: Any = av.AudioFrame.from_ndarray(wave[:, start : start + 960], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
