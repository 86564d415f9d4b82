"""A video file to upright RGB frames with their times, one at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import EOFError as EndOfFileError
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.errors import VideoError
from fizzog_core.media import hdr
from fizzog_core.media.containers import EXPECTED, decoder_options, open_container, sound_stream, start_of, video_stream
from fizzog_core.runtime.paths import short_text
from fizzog_core.types import Frame

DEFAULT_RATE = 25
"""Frames per second where the file declares no rate."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Properties that the file declares; None where it declares nothing.

    ``width`` and ``height``: the first frame as it is returned. ``frames``: an estimate from the header or the
    duration, for progress only. ``has_audio``: whether there is sound that can be decoded.
    """

    width: int
    height: int
    codec: str
    duration_s: float | None
    rate: float
    frames: int | None
    has_audio: bool


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrame:
    """One upright frame: ``pixels`` ``(H, W, 3)`` uint8 RGB.

    ``time`` and ``duration`` are exact, in seconds from the file's start (the sound may start before the picture).
    """

    index: int
    time: Fraction
    duration: Fraction
    pixels: Frame

    @property
    def time_s(self) -> float:
        return float(self.time)


class VideoReader:
    """An open video file. Use as a context manager. ``frames`` can be called once; it decodes lazily.

    ``max_pixels``: largest frame with square pixels (default: settings). Later frames that are much larger are not
    decoded and count as damaged. ``max_side_px``: larger frames are reduced to this side; None: no frame is reduced.
    ``damaged``: packets so far that could not be decoded and were skipped. ``end``: end of the last frame that was
    read, in seconds. Raises VideoError for a file that is missing, empty, cut before its index, only sound, an image,
    not a video, or too large.
    """

    def __init__(self, path: Path, *, max_pixels: int | None = None, max_side_px: int | None = None) -> None:
        self.path = path
        self.max_pixels = settings.get().max_video_pixels if max_pixels is None else max_pixels
        self.damaged = 0
        self.end = Fraction(0)
        self._waiting = self._decoded()
        self._reformatter = VideoReformatter()  # one for all frames: each has its own threads
        self._matrices: dict[tuple[int, int], NDArray[np.int32] | None] = {}
        self._max_side_px = max_side_px
        self._is_reduced = self._is_read = False
        self._container = open_container(path, self.max_pixels)
        try:
            self._stream = video_stream(self._container, path)
            context = self._stream.codec_context
            self._size_of(context)
            context.options = decoder_options(self.max_pixels)
            self.start = start_of(self._container)
            self.time_base = Fraction(self._stream.time_base or Fraction(1, 90_000))
            self._rate = Fraction(self._stream.average_rate or self._stream.guessed_rate or DEFAULT_RATE)
            self._stream.thread_type = "AUTO"
            first = next(self._waiting, None)
            if first is None:
                name = short_text(path.name)
                raise VideoError(f"{name} has no frame that can be decoded: it is damaged or cut. {EXPECTED}")
            self._first = first
            self.info = self._describe(first)
        except BaseException:
            self.close()
            raise

    def frames(self) -> Iterator[VideoFrame]:
        """The frames in order of time, lazily. Raises VideoError for a frame that is too large."""
        last = Fraction(-1)
        for index, decoded in enumerate(chain([self._first], self._waiting)):
            if decoded.pts is None or decoded.time_base is None:
                time = last + 1 / self._rate if index else Fraction(0)
            else:
                time = decoded.pts * Fraction(decoded.time_base) - self.start
            if index and time <= last:
                time = last + self.time_base
            duration = (decoded.duration or 0) * self.time_base or 1 / self._rate
            last, self.end = time, time + duration
            yield VideoFrame(index, time, duration, self._upright(decoded))
        self._is_read = True

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for each fault of the file, and on reduced frames; complete after the last of ``frames``."""
        found = []
        if self._is_reduced:
            size = f"{self.info.width} x {self.info.height}"
            found.append(f"Large frames were reduced to {size} pixels. Coordinates refer to this size.")
        if self.damaged:
            found.append(f"{self.damaged} damaged packet(s) of the file could not be decoded and were skipped.")
        if self._container.streams.audio and not self.info.has_audio:
            found.append("The sound has a codec that cannot be decoded here: an annotated video has no sound.")
        declared, end = self.info.duration_s, float(self.end)
        if self._is_read and declared and end < 0.9 * declared - 0.5:
            found.append(f"The file is cut short: it declares {declared:.1f} s, its picture ends after {end:.1f} s.")
        return tuple(found)

    def close(self) -> None:
        """Close the file. The decoder's threads end when the last reference to this reader is gone."""
        self._waiting.close()  # a suspended generator would keep a cycle of references, and the threads with it
        self._container.close()

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decoded(self) -> Generator[av.VideoFrame]:
        """Decoded frames. A damaged packet is skipped."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, EndOfFileError):
                return
            except (FFmpegError, ValueError):
                self.damaged += 1
                return
            try:
                yield from packet.decode()
            except EndOfFileError:
                return
            except (FFmpegError, ValueError):
                self.damaged += 1

    def _upright(self, decoded: av.VideoFrame) -> Frame:
        width, height = self._size_of(decoded)
        if self._max_side_px and max(width, height) > self._max_side_px:
            shrink = self._max_side_px / max(width, height)
            width, height = max(1, round(shrink * width)), max(1, round(shrink * height))
            self._is_reduced = True
        try:
            pixels = hdr.to_rgb(decoded, width, height, self._reformatter)
            return np.ascontiguousarray(_turned(pixels, self._matrix_of(decoded)))
        except (FFmpegError, ValueError) as error:
            raise VideoError(f"{short_text(self.path.name)} has a frame that cannot be converted: {error}.") from None

    def _matrix_of(self, decoded: av.VideoFrame) -> NDArray[np.int32] | None:
        """The display matrix, read once for each frame size: PyAV's side data keeps its frame until a collection."""
        size = decoded.width, decoded.height
        if size not in self._matrices:
            self._matrices[size] = _display_matrix(decoded)
        return self._matrices[size]

    def _size_of(self, decoded: av.VideoFrame | VideoCodecContext) -> tuple[int, int]:
        """Width and height with square pixels. Raises VideoError if they are too large."""
        width, height = max(1, round(decoded.width * _pixel_aspect(self._stream))), decoded.height
        if width * height > self.max_pixels:
            raise VideoError(
                f"{short_text(self.path.name)} is too large: expected at most {self.max_pixels:,} pixels in a frame, "
                f"got {width} x {height} = {width * height:,}. Reduce its size and retry."
            )
        return width, height

    def _describe(self, first: av.VideoFrame) -> VideoInfo:
        stream = self._stream
        if stream.duration:
            length = ((stream.start_time or 0) + stream.duration) * self.time_base - self.start
        else:
            length = Fraction(self._container.duration or 0, av.time_base)
        height, width = self._upright(first).shape[:2]
        return VideoInfo(
            width=width,
            height=height,
            codec=stream.codec_context.name,
            duration_s=float(length) if length > 0 else None,
            rate=float(self._rate),
            frames=stream.frames or (round(length * self._rate) if length > 0 else None),
            has_audio=sound_stream(self._container) is not None,
        )


def _pixel_aspect(stream: VideoStream) -> float:
    """Width of a pixel divided by its height; 1 if the ratio is close to 1, missing or implausible."""
    ratio = float(stream.sample_aspect_ratio or 1)
    return ratio if 0.25 <= ratio <= 4 and abs(ratio - 1) > 0.02 else 1.0


def _display_matrix(decoded: av.VideoFrame) -> NDArray[np.int32] | None:
    data: Any = decoded.side_data.get("DISPLAYMATRIX")
    content = b"" if data is None else bytes(data)
    return np.frombuffer(content[:36], dtype=np.int32).reshape(3, 3) if len(content) >= 36 else None


def _turned(pixels: Frame, matrix: NDArray[np.int32] | None) -> Frame:
    """The frame rotated by quarter turns and mirrored as its display matrix says.

    The matrix maps (x, y) to (a x + c y, b x + d y), with a, b and c, d its first two rows.
    """
    if matrix is None:
        return pixels
    (a, b), (c, d) = matrix[:2, :2].tolist()
    if abs(b) > abs(a):
        pixels, flip_x, flip_y = pixels.swapaxes(0, 1), c < 0, b < 0
    else:
        flip_x, flip_y = a < 0, d < 0
    return pixels[:: -1 if flip_y else 1, :: -1 if flip_x else 1]
