"""Frames and the sound of their source video to an MP4 that browsers play, with the source's timing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from fizzog_core.errors import ExportError
from fizzog_core.media.containers import open_container, sound_stream
from fizzog_core.media.video_reader import VideoFrame, VideoReader
from fizzog_core.runtime.atomic_files import guarded, whole
from fizzog_core.runtime.paths import path_text, short_text
from fizzog_core.types import Frame

ENCODER = {"preset": "veryfast", "crf": "23", "bf": "0"}
"""Settings of libx264. Slower presets save little space and make the job slower than real time. Without B-frames the
file ends with the last frame's duration, at variable rates too."""
MAX_SIDE_PX = 8192
"""Longest side of the annotated video; libx264 fails above 16,384 and browsers play no more than this."""
SOUND_RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
"""Sample rates that are kept when sound is re-encoded; other rates are converted to the first."""
MAX_DRIFT = Fraction(1, 20)
"""Longest gap, in seconds, that is closed in re-encoded sound."""


@contextmanager
def open_video(path: Path, reader: VideoReader) -> Iterator[VideoWriter]:
    """A writer of the MP4 ``path`` for frames of ``reader``.

    The write is atomic: ``path`` is created or replaced when the block ends without an exception. Raises ExportError
    if its name does not end in .mp4 or it cannot be written.
    """
    if path.suffix.lower() != ".mp4":
        name = short_text(path.name)
        raise ExportError(f"The video is written as MP4: expected a name that ends in .mp4, got {name}.")
    if path_text(path) != str(path):
        raise ExportError(f"{short_text(path)}: FFmpeg needs a name that is UTF-8. Choose another name.")
    with whole(path) as partial:
        with guarded(path):
            output = av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"})
        writer = VideoWriter(path, output, reader)
        try:
            yield writer
            writer.finish()
        finally:
            writer.close()


class VideoWriter:
    """H.264 in yuv420p with the index in front, and the sound of the reader's file; ``open_video`` creates one.

    Frames keep the reader's times exactly, variable rates included. AAC sound is copied, other sound is re-encoded to
    AAC. yuv420p needs even sides: an odd side repeats its last row or column. Frames of another size than the first are
    letterboxed.
    """

    def __init__(self, path: Path, output: OutputContainer, reader: VideoReader) -> None:
        self._path = path
        self._output = output
        self._time_base = reader.time_base
        self._reformatter = VideoReformatter()
        self._inner = _fitted((reader.info.width, reader.info.height), (MAX_SIDE_PX, MAX_SIDE_PX), enlarge=False)
        self._size = self._inner[0] + self._inner[0] % 2, self._inner[1] + self._inner[1] % 2
        self._video: Any = output.add_stream("libx264", rate=_declared_rate(reader.info.rate))
        self._video.width, self._video.height = self._size
        self._video.pix_fmt = "yuv420p"
        self._video.options = ENCODER
        self._video.codec_context.time_base = self._time_base
        self._video.codec_context.flags |= Flags.frame_duration
        self._video.codec_context.colorspace = Colorspace.ITU709
        self._video.codec_context.color_range = ColorRange.MPEG
        self._video.codec_context.color_primaries = ColorPrimaries.BT709
        self._video.codec_context.color_trc = ColorTrc.BT709
        self._sound = _Sound(reader, output) if reader.info.has_audio else None

    def write(self, frame: VideoFrame, pixels: Frame) -> None:
        """Append ``pixels`` ``(H, W, 3)`` uint8 RGB at the time of ``frame``. Raises ExportError."""
        pixels = _letterboxed(pixels, self._inner)
        height, width = pixels.shape[:2]
        if width % 2 or height % 2:
            pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        picture = self._reformatter.reformat(rgb, *self._size, "yuv420p", dst_colorspace=Colorspace.ITU709)
        picture.time_base = self._time_base
        picture.pts = round(frame.time / self._time_base)
        picture.duration = max(1, round(frame.duration / self._time_base))
        with guarded(self._path):
            self._output.mux(self._video.encode(picture))
            if self._sound:
                self._sound.copy(until=frame.time)

    def finish(self) -> None:
        """Write the frames that the encoders buffer, and the rest of the sound. Raises ExportError."""
        with guarded(self._path):
            self._output.mux(self._video.encode(None))
            if self._sound:
                self._sound.copy(until=None)

    def close(self) -> None:
        try:
            with guarded(self._path):
                self._output.close()
        finally:
            if self._sound:
                self._sound.close()


def _declared_rate(rate: float) -> Fraction:
    return Fraction(min(max(rate, 1 / 1001), 1000)).limit_denominator(1001)


def _fitted(size: tuple[int, int], bounds: tuple[int, int], enlarge: bool = True) -> tuple[int, int]:
    """``size`` (width, height) scaled to fit into ``bounds``, with the same aspect ratio."""
    scale = min(bounds[0] / size[0], bounds[1] / size[1])
    scale = scale if enlarge else min(1.0, scale)
    width, height = (min(bound, max(1, round(side * scale))) for side, bound in zip(size, bounds, strict=True))
    return width, height


def _letterboxed(pixels: Frame, size: tuple[int, int]) -> Frame:
    """``pixels`` scaled into ``size`` (width, height) with the same aspect ratio, on black."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    fitted = _fitted((width, height), size)
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    left, top = (size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2
    canvas[top : top + fitted[1], left : left + fitted[0]] = cv2.resize(pixels, fitted, interpolation=cv2.INTER_AREA)
    return canvas


class _Sound:
    """Copies the first decodable audio stream of the reader's file into the output, in step with the frames."""

    def __init__(self, reader: VideoReader, output: OutputContainer) -> None:
        self._input = open_container(reader.path, reader.max_pixels)
        self._output = output
        self._start = reader.start
        stream = sound_stream(self._input)
        assert stream is not None, "VideoInfo.has_audio says that there is one"
        self._stream: AudioStream = stream
        self._as_it_is = self._stream.codec_context.name == "aac"
        if self._as_it_is:
            self._target: Any = output.add_stream_from_template(self._stream)
        else:
            rate = self._stream.codec_context.sample_rate
            self._target = output.add_stream("aac", rate=rate if rate in SOUND_RATES else SOUND_RATES[0])
            self._target.layout = "mono" if self._stream.codec_context.layout.nb_channels == 1 else "stereo"
        self._end = Fraction(0)
        self._packets = self._input.demux(self._stream)
        self._next = next(self._packets, None)

    def copy(self, until: Fraction | None) -> None:
        """Copy all packets that start before ``until`` seconds; None: all packets."""
        while self._next is not None and (until is None or self._time(self._next) <= until):
            self._pass_on(self._next)
            self._next = self._following()
        if until is None and not self._as_it_is:
            self._output.mux(self._target.encode(None))

    def close(self) -> None:
        self._input.close()

    def _time(self, packet: Packet) -> Fraction:
        if packet.dts is None or packet.time_base is None:
            return Fraction(0)
        return packet.dts * Fraction(packet.time_base) - self._start

    def _following(self) -> Packet | None:
        try:
            return next(self._packets, None)
        except FFmpegError:  # the file is cut here
            return None

    def _pass_on(self, packet: Packet) -> None:
        if self._as_it_is:
            if packet.dts is None or packet.time_base is None:
                return
            shift = round(self._start / Fraction(packet.time_base))
            packet.dts -= shift
            packet.pts = packet.dts if packet.pts is None else packet.pts - shift
            packet.stream = self._target
            self._output.mux(packet)
            return
        try:
            frames: Any = packet.decode()
        except FFmpegError:  # a damaged packet is skipped
            return
        for frame in frames:
            rate = frame.sample_rate
            start = self._end if frame.pts is None else frame.pts * Fraction(frame.time_base) - self._start
            self._end = start if start > self._end + MAX_DRIFT else self._end
            frame.pts, frame.time_base = round(self._end * rate), Fraction(1, rate)
            self._end += Fraction(frame.samples, rate)
            self._output.mux(self._target.encode(frame))
