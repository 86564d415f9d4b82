"""A whole video: frames in, an annotated video, a table and a timeline out, in memory that does not grow with it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fizzog_core.drawing import overlay
from fizzog_core.errors import VideoError
from fizzog_core.media.video_reader import VideoFrame, VideoInfo, VideoReader
from fizzog_core.media.video_writer import VideoWriter, open_video
from fizzog_core.output import tables
from fizzog_core.tracking.interpreter import Interpreter
from fizzog_core.tracking.timeline import Stretch, Timeline
from fizzog_core.types import TrackedResult
from fizzog_core.vision.analyzer import FrameAnalyzer

LONGEST_STEP_S = 0.5
"""Frames that are analysed further apart than this count as so far apart for tracks and smoothing, so that a face keeps
its number however few frames are looked at."""
WAITING_FRAMES = 4
"""Analysed frames that may wait for drawing and encoding: what they take of memory is bounded."""
REPORT_EVERY_S = 0.2
"""Progress is told at most so often."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames are analysed: every ``every``-th, or at most ``per_s`` for each second of the video."""

    every: int = 1
    per_s: float | None = None

    def __post_init__(self) -> None:
        if self.every < 1 or (self.per_s is not None and not self.per_s > 0):
            raise VideoError(
                f"Expected every 1 or more and more than 0 frames a second, got {self.every}, {self.per_s}."
            )
        if self.every > 1 and self.per_s is not None:
            raise VideoError("Expected every N-th frame or so many frames a second, got both. Leave one out.")

    def takes(self, frame: VideoFrame, last: VideoFrame | None) -> bool:
        """Whether ``frame`` is analysed when ``last`` was the one analysed before it."""
        if last is None:
            return True
        if self.per_s is None:
            return frame.index - last.index >= self.every
        return int(frame.time_s * self.per_s) > int(last.time_s * self.per_s)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a video has come. ``share`` 0..1 and ``left_s`` are None where the file does not say how long it is."""

    frames: int
    time_s: float
    share: float | None
    frames_per_s: float
    left_s: float | None


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What was found in a video. ``notes``: sentences on what was wrong with the file."""

    info: VideoInfo
    frames: int
    analysed: int
    duration_s: float
    took_s: float
    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...]


def analyze_video(
    path: Path,
    analyzer: FrameAnalyzer,
    *,
    out: Path | None = None,
    table: Path | None = None,
    sampling: Sampling | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> VideoResult:
    """Analyse the video at ``path``; write it annotated to ``out`` (MP4) and its rows to ``table``, where given.

    ``analyzer`` must be in stream mode, serve nothing else, and bear two threads. Frames that are not analysed keep
    the drawing of the last one that was. Whatever ``on_progress`` raises cancels: then no file is left. Raises
    VideoError and ExportError.
    """
    sampling = sampling or Sampling()
    with ExitStack() as opened:
        reader = opened.enter_context(VideoReader(path))
        rows = opened.enter_context(tables.open_table(table)) if table else None
        drawing = opened.enter_context(_Drawing(opened.enter_context(open_video(out, reader)))) if out else None
        meter = _Meter(reader.info.duration_s, on_progress)
        watcher = _Watcher(analyzer)
        frame = last = tracked = None
        for frame in reader.frames():
            if sampling.takes(frame, last):
                tracked, last = watcher.look(frame), frame
                if rows:
                    rows.add(tables.to_rows(path.name, tracked.result, frame.index, frame.time_s, tracked.smoothed))
            if drawing and tracked:
                drawing.put(frame, tracked)
            meter.step(frame)
        if drawing:
            drawing.finish()
        end_s = float(reader.end)
        meter.report(ended=True)
        result = VideoResult(
            info=reader.info,
            frames=meter.frames,
            analysed=watcher.looked,
            duration_s=end_s,
            took_s=meter.elapsed_s,
            stretches=watcher.timeline.finish(end_s),
            notes=reader.notes,
        )
    return result


class _Drawing:
    """Draws and encodes on a thread of its own, at most ``WAITING_FRAMES`` behind the analysis."""

    def __init__(self, writer: VideoWriter) -> None:
        self._writer = writer
        self._pool = ThreadPoolExecutor(1, "fizzog-video-writer")
        self._waiting: deque[Future[None]] = deque()

    def put(self, frame: VideoFrame, tracked: TrackedResult) -> None:
        """Hand over one frame. Raises what an earlier one raised."""
        while len(self._waiting) >= WAITING_FRAMES:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._draw, frame, tracked))

    def finish(self) -> None:
        """Wait until all is drawn. Raises what a frame raised."""
        while self._waiting:
            self._waiting.popleft().result()

    def __enter__(self) -> _Drawing:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _draw(self, frame: VideoFrame, tracked: TrackedResult) -> None:
        self._writer.write(frame, overlay.draw(frame.pixels, tracked.result, tracked.smoothed))


class _Watcher:
    """Looks at frames, and remembers who is who."""

    def __init__(self, analyzer: FrameAnalyzer) -> None:
        self.timeline = Timeline()
        self.looked = 0
        self._analyzer = analyzer
        self._interpreter = Interpreter()
        self._clock_s = self._last_s = 0.0

    def look(self, frame: VideoFrame) -> TrackedResult:
        self._clock_s += min(frame.time_s - self._last_s, LONGEST_STEP_S)
        self._last_s = frame.time_s
        tracked = self._interpreter.update(self._analyzer.analyze(frame.pixels), self._clock_s)
        self.timeline.note(tracked, frame.time_s)
        self.looked += 1
        return tracked


class _Meter:
    """Counts frames and tells the progress now and then."""

    def __init__(self, duration_s: float | None, on_progress: Callable[[Progress], None]) -> None:
        self.frames = 0
        self._duration_s = duration_s
        self._on_progress = on_progress
        self._began = self._told = time.perf_counter()
        self._time_s = 0.0

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self._began

    def step(self, frame: VideoFrame) -> None:
        self.frames += 1
        self._time_s = frame.time_s
        if time.perf_counter() - self._told >= REPORT_EVERY_S:
            self.report()

    def report(self, ended: bool = False) -> None:
        self._told = time.perf_counter()
        elapsed = self.elapsed_s
        share = min(1.0, self._time_s / self._duration_s) if self._duration_s else None
        share = 1.0 if ended else share
        left = elapsed / share * (1 - share) if share else None
        self._on_progress(Progress(self.frames, self._time_s, share, self.frames / max(elapsed, 1e-9), left))
