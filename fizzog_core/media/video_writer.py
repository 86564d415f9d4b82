"""Frames, and the sound of the video they came from, to an MP4 that browsers play, with the input's own timing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from fizzog_core.errors import ExportError
from fizzog_core.media.containers import open_container
from fizzog_core.media.video_reader import VideoFrame, VideoReader
from fizzog_core.runtime.atomic_files import guarded, whole
from fizzog_core.types import Frame

ENCODER = {"preset": "veryfast", "crf": "23", "bf": "0"}
"""libx264's settings. Slower presets make the file a little smaller and cost the analysis its lead over real time;
without B-frames the last frame's duration is the file's end, at variable rates too."""
SOUND_RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
"""Samples a second that are kept when sound is encoded anew; others become the first."""
MAX_DRIFT = Fraction(1, 20)
"""Seconds: a longer gap in sound that is encoded anew is kept as a gap."""


@contextmanager
def open_video(path: Path, reader: VideoReader) -> Iterator[VideoWriter]:
    """A writer of the MP4 ``path`` for frames of ``reader``.

    The file appears under its name when the block ends well, and not at all when it is left by an error or a
    cancellation. Raises ExportError if its name does not end in .mp4 or it cannot be written.
    """
    if path.suffix.lower() != ".mp4":
        raise ExportError(f"The video is written as MP4: expected a name that ends in .mp4, got {path.name}.")
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
    """H.264 in yuv420p with the index in front, and the sound of the reader's file; ``open_video`` makes one.

    Frames keep the reader's times exactly, variable rates included. AAC sound is copied as it is, any other is encoded
    to AAC. An odd side gets its last row or column twice, because yuv420p needs even ones.
    """

    def __init__(self, path: Path, output: OutputContainer, reader: VideoReader) -> None:
        self._path = path
        self._output = output
        self._time_base = reader.time_base
        self._size = reader.info.width + reader.info.width % 2, reader.info.height + reader.info.height % 2
        self._video: Any = output.add_stream("libx264", rate=Fraction(reader.info.rate).limit_denominator(1001))
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
        height, width = pixels.shape[:2]
        if width % 2 or height % 2:
            pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(
            *self._size, format="yuv420p", dst_colorspace=Colorspace.ITU709
        )
        picture.time_base = self._time_base
        picture.pts = round(frame.time / self._time_base)
        picture.duration = max(1, round(frame.duration / self._time_base))
        with guarded(self._path):
            self._output.mux(self._video.encode(picture))
            if self._sound:
                self._sound.copy(until=frame.time)

    def finish(self) -> None:
        """Write what the encoders still hold, and the rest of the sound. Raises ExportError."""
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


class _Sound:
    """The first sound track of the reader's file on its way into the output, in step with the picture."""

    def __init__(self, reader: VideoReader, output: OutputContainer) -> None:
        self._input = open_container(reader.path)
        self._output = output
        self._start = reader.start
        self._stream: AudioStream = self._input.streams.audio[0]
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
        """Everything that starts before ``until`` seconds, or all there is."""
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
        except FFmpegError:  # cut short here: the sound ends
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
        except FFmpegError:  # a damaged packet costs its own sound only
            return
        for frame in frames:
            rate = frame.sample_rate
            start = self._end if frame.pts is None else frame.pts * Fraction(frame.time_base) - self._start
            self._end = start if start > self._end + MAX_DRIFT else self._end
            frame.pts, frame.time_base = round(self._end * rate), Fraction(1, rate)
            self._end += Fraction(frame.samples, rate)
            self._output.mux(self._target.encode(frame))
