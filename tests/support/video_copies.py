"""Copies a video frame by frame."""

from pathlib import Path

from fizzog_core.media.video_reader import VideoReader
from fizzog_core.media.video_writer import open_video


def copy(source: Path, target: Path, stop_after: int | None = None) -> Path:
    """Writes the frames of ``source`` to ``target``. Raises KeyboardInterrupt before frame ``stop_after``."""
    with VideoReader(source) as reader, open_video(target, reader) as writer:
        for frame in reader.frames():
            if frame.index == stop_after:
                raise KeyboardInterrupt
            writer.write(frame, frame.pixels)
    return target
