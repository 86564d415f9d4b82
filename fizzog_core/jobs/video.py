"""Analyses a whole video: an annotated video, a table and a timeline. Memory does not grow with its length."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
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
from fizzog_core.tracking.resting_face import RestingChoice
from fizzog_core.tracking.timeline import Interval, Timeline
from fizzog_core.types import TrackedResult
from fizzog_core.vision.analyzer import FrameAnalyzer

LONGEST_STEP_S = 0.5
"""Largest time step of tracking and smoothing, in seconds. Longer steps count as this one, so that a face keeps its
track id when few frames are analysed."""
WAITING_FRAMES = 4
"""Analysed frames that may wait for drawing and encoding; the bound limits memory."""
REPORT_EVERY_S = 0.2
"""Shortest time between two progress reports, in seconds."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames are analysed: every ``every``-th, or at most ``per_s`` for each second of the video."""

    every: int = 1
    per_s: float | None = None

    def __post_init__(self) -> None:
        if self.every < 1 or (self.per_s is not None and not 0 < self.per_s < math.inf):
            raise VideoError(
                f"Expected every >= 1 and a finite frame rate above 0, got every {self.every} and rate {self.per_s}."
            )
        if self.every > 1 and self.per_s is not None:
            raise VideoError("Expected either every N-th frame or a number of frames per second, got both. Remove one.")

    def takes(self, frame: VideoFrame, last: VideoFrame | None) -> bool:
        """Whether ``frame`` is analysed. ``last``: the analysed frame before it."""
        if last is None:
            return True
        if self.per_s is None:
            return frame.index - last.index >= self.every
        return int(frame.time_s * self.per_s) > int(last.time_s * self.per_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoLimits:
    """What is analysed of one video: its first ``frames``, in ``work_s`` seconds, reduced to ``side_px``.

    None is no limit. ``turn_is_over``: whether others wait, so that the job has to end with what it has.
    """

    frames: int | None = None
    work_s: float | None = None
    side_px: int | None = None
    turn_is_over: Callable[[], bool] = lambda: False

    def reason(self, frames: int, work_s: float) -> str:
        """Why a job ends after ``frames`` frames and ``work_s`` seconds; empty if it goes on."""
        if (self.frames is not None and frames >= self.frames) or (self.work_s is not None and work_s > self.work_s):
            return "which is the limit here"
        return "as other visitors wait for this server" if self.turn_is_over() else ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a video. ``share`` 0..1 and ``left_s`` are None if the file does not declare its duration."""

    frames: int
    time_s: float
    share: float | None
    frames_per_s: float
    left_s: float | None


@dataclass(frozen=True, slots=True)
class VideoResult:
    """The result of a video. ``notes``: one sentence for each fault of the file, and for each limit."""

    info: VideoInfo
    frames: int
    analysed: int
    duration_s: float
    took_s: float
    intervals: tuple[Interval, ...]
    notes: tuple[str, ...]


def analyze_video(
    path: Path,
    analyzer: FrameAnalyzer,
    *,
    out: Path | None = None,
    table: Path | None = None,
    source: str = "",
    sampling: Sampling | None = None,
    limits: VideoLimits | None = None,
    resting_face: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> VideoResult:
    """Analyse the video at ``path``; write an annotated MP4 to ``out`` and its rows to ``table``, unless None.

    ``source``: the video's name in the rows; empty for the file's name. ``resting_face``: smoothed labels are of each
    face compared with its own resting face. ``analyzer``: in video mode, for this video only. Frames between analysed
    ones show the last result. At a limit the job ends, and a note says so. An exception of ``on_progress`` cancels the
    job; then no file is written. Raises VideoError and ExportError.
    """
    sampling, limits, name = sampling or Sampling(), limits or VideoLimits(), source or path.name
    with ExitStack() as opened:
        reader = opened.enter_context(VideoReader(path, max_side_px=limits.side_px))
        rows = opened.enter_context(tables.open_table(table)) if table else None
        drawing = opened.enter_context(_Drawing(opened.enter_context(open_video(out, reader)))) if out else None
        meter = _Meter(reader.info.duration_s, on_progress)
        tracking = _Tracking(analyzer, RestingChoice(on=resting_face))
        last = tracked = None
        for frame in meter.until(limits, reader.frames()):
            if sampling.takes(frame, last):
                tracked, last = tracking.analyze(frame), frame
                if rows:
                    rows.add(tables.to_rows(name, tracked.result, frame.index, frame.time_s, tracked.smoothed))
            if drawing and tracked:
                drawing.put(frame, tracked)
            meter.step(frame)
        if drawing:
            drawing.finish()
        meter.report(ended=True)
        result = _result(reader, meter, tracking)
    return result


def _result(reader: VideoReader, meter: _Meter, tracking: _Tracking) -> VideoResult:
    end_s = float(reader.end)
    notes = reader.notes
    if meter.stopped:
        note = f"Only the first {end_s:.1f} s were analysed, {meter.stopped}. The command analyses whole videos."
        notes = (note, *notes)
    return VideoResult(
        info=reader.info,
        frames=meter.frames,
        analysed=tracking.analysed,
        duration_s=end_s,
        took_s=meter.elapsed_s,
        intervals=tracking.timeline.finish(end_s),
        notes=notes,
    )


class _Drawing:
    """Draws and encodes on its own thread, at most ``WAITING_FRAMES`` frames behind the analysis."""

    def __init__(self, writer: VideoWriter) -> None:
        self._writer = writer
        self._pool = ThreadPoolExecutor(1, "fizzog-video-writer")
        self._waiting: deque[Future[None]] = deque()

    def put(self, frame: VideoFrame, tracked: TrackedResult) -> None:
        """Queue one frame. Raises the exception of an earlier frame."""
        while len(self._waiting) >= WAITING_FRAMES:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._draw, frame, tracked))

    def finish(self) -> None:
        """Wait until all frames are written. Raises the exception of a frame."""
        while self._waiting:
            self._waiting.popleft().result()

    def __enter__(self) -> _Drawing:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _draw(self, frame: VideoFrame, tracked: TrackedResult) -> None:
        self._writer.write(frame, overlay.draw(frame.pixels, tracked.result, tracked.smoothed))


class _Tracking:
    """Analyses frames, tracks and smooths the results, and collects the timeline."""

    def __init__(self, analyzer: FrameAnalyzer, resting: RestingChoice) -> None:
        self.timeline = Timeline()
        self.analysed = 0
        self._analyzer, self._resting = analyzer, resting
        self._interpreter = Interpreter()
        self._clock_s = self._last_s = 0.0

    def analyze(self, frame: VideoFrame) -> TrackedResult:
        self._clock_s += min(frame.time_s - self._last_s, LONGEST_STEP_S)
        self._last_s = frame.time_s
        raw = self._analyzer.analyze(frame.pixels, time_s=frame.time_s)
        tracked = self._interpreter.update(raw, self._clock_s, resting=self._resting)
        self.timeline.note(tracked, frame.time_s)
        self.analysed += 1
        return tracked


class _Meter:
    """Counts frames, ends the job at a limit and reports progress."""

    def __init__(self, duration_s: float | None, on_progress: Callable[[Progress], None]) -> None:
        self.frames = 0
        self.stopped = ""
        """Why the job has ended before the last frame."""
        self._duration_s = duration_s
        self._on_progress = on_progress
        self._began = self._reported_at = time.perf_counter()
        self._time_s = 0.0

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self._began

    def until(self, limits: VideoLimits, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """The frames before the first limit; at least one."""
        for frame in frames:
            self.stopped = limits.reason(self.frames, self.elapsed_s) if self.frames else ""
            if self.stopped:
                return
            yield frame

    def step(self, frame: VideoFrame) -> None:
        self.frames += 1
        self._time_s = frame.time_s
        if time.perf_counter() - self._reported_at >= REPORT_EVERY_S:
            self.report()

    def report(self, ended: bool = False) -> None:
        self._reported_at = time.perf_counter()
        elapsed = self.elapsed_s
        share = min(1.0, self._time_s / self._duration_s) if self._duration_s else None
        share = 1.0 if ended else share
        left = elapsed / share * (1 - share) if share else None
        self._on_progress(Progress(self.frames, self._time_s, share, self.frames / max(elapsed, 1e-9), left))
