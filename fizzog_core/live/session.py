"""One visitor's live session: receives frames on the camera's thread and provides its state to a page.

The camera's thread never waits for the analysis: it passes on the newest frame and draws the newest result on the
frame that it returns. Reason and cost: docs/decisions/010-live.md.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

import av
import pyarrow as pa

from fizzog_core.live import frames
from fizzog_core.live.analysis_thread import LiveOptions, OpenAnalyzer, ReadFrame, StreamAnalysis
from fizzog_core.live.camera import Pace
from fizzog_core.live.health import Health
from fizzog_core.live.latency import Meter
from fizzog_core.live.session_log import Journal
from fizzog_core.live.turn import Turn
from fizzog_core.live.view import LiveView, TimedResult
from fizzog_core.replies import rules
from fizzog_core.replies.scheduler import ReplyScheduler
from fizzog_core.runtime.events import event
from fizzog_core.runtime.latest_worker import IDLE_S
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult, TrackedResult

LOG = logging.getLogger(__name__)


class LiveSession:
    """Receives a visitor's frames and keeps the results in memory. Thread-safe.

    A session can stop and start again. The slot is released on ``on_ended``, after ``idle_s`` without a frame, and at
    the end of the visitor's turn."""

    def __init__(
        self,
        open_analyzer: OpenAnalyzer,
        slots: Slots,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
        idle_s: float = IDLE_S,
        rate: Callable[[], float] = lambda: math.inf,
        network: Hashable = None,
    ) -> None:
        """``rate``: frames per second that are analysed at most, at this moment. ``network``: of the visitor; networks
        share the slots."""
        self.options = LiveOptions()
        self.listeners: dict[str, Callable[[TrackedResult, float], None]] = {}
        """Callbacks by name, such as a game or a lesson. The analysis thread calls each with a result and its time."""
        self._open_analyzer = open_analyzer
        self._turn = Turn(slots, network)
        self._clock, self._idle_s = clock, idle_s
        self._rate, self._pace = rate, Pace()
        self._lock = threading.Lock()
        self._began_s = clock()
        self._meter, self._journal = Meter(), Journal()
        self._dialogue = ReplyScheduler(rng)
        self._analysis: StreamAnalysis | None = None
        self._seen: TrackedResult | None = None
        self._health = Health()
        self._picture: Frame | None = None
        self._latest: TimedResult | None = None
        self._captures = deque[tuple[float, float | None]](maxlen=64)
        """Times of arrival and capture of the newest frames."""

    def receive(self, frame: av.VideoFrame, captured_s: float | None = None) -> None:
        """Camera callback of a stream without a way back: takes a frame of any pixel format and size. Never raises.

        ``captured_s``: see ``TimedResult``.
        """
        try:
            self._arrive((frame.height, frame.width), lambda: frames.to_rgb(frame), captured_s)
        except Exception as error:
            LOG.warning("a live frame could not be received", exc_info=True)
            self._fail(error)

    def on_frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Camera callback: takes a frame of any pixel format and size, returns it mirrored and drawn. Never raises."""
        try:
            return av.VideoFrame.from_ndarray(self.show(frames.to_rgb(frame)), format="rgb24")
        except Exception as error:
            LOG.warning("a live frame could not be shown", exc_info=True)
            self._fail(error)
            return frame

    def on_ended(self) -> None:
        """Camera callback on its end: releases the slot and stops the analysis without waiting for its end."""
        with self._lock:
            analysis, self._analysis = self._analysis, None
            self._turn.leave()
            self._seen = None
            self._health.arrived_s = -math.inf
        if analysis is not None:
            analysis.stop()

    def show(self, picture: Frame) -> Frame:
        """Receives a frame ``(H, W, 3)`` uint8 RGB; returns it mirrored, with the newest result drawn on it."""
        now = self._arrive((picture.shape[0], picture.shape[1]), lambda: picture)
        with self._lock:
            seen = self._seen if self._health.is_drawn(now) else None
            self._meter.show(now)
        if seen is None or (seen.result.height, seen.result.width) != picture.shape[:2]:
            return frames.mirror(picture)
        return frames.drawn(picture, seen, self.options.keypoints)

    def latest(self) -> TimedResult | None:
        """Returns the newest result with its times; None before the first one and after the end."""
        with self._lock:
            return self._latest if self._seen is not None else None

    def claim(self) -> bool:
        """Takes a slot for a visitor who sends no frames, or joins the queue; returns whether there is a slot.

        The slot is kept for ``turn.START_S``; a caller who waits calls again within ``slots.SILENCE_S``.
        """
        with self._lock:
            return self._analysis is not None or self._turn.reserve()

    def view(self) -> LiveView:
        """Returns the present state."""
        now = self._clock()
        with self._lock:
            streaming = self._health.streaming(now)
            return LiveView(
                streaming=streaming,
                seen=self._seen if streaming and self._health.is_drawn(now) else None,
                speed=self._meter.read(now),
                reply=self._dialogue.last,
                notice=self._turn.notice(self._health.started) or self._health.notice(self._seen is not None, now),
                waiting=self._turn.waiting,
                counts=self._journal.counts(),
                timeline=self._journal.timeline(now - self._began_s),
                elapsed_s=now - self._began_s,
            )

    def log(self) -> pa.Table:
        """Returns all rows of the session, the oldest first. Columns: docs/schema.md."""
        with self._lock:
            return self._journal.rows()

    def snapshot(self) -> tuple[Frame, FrameResult] | None:
        """Returns the newest result's frame, mirrored and drawn, and the result itself, not mirrored; or None."""
        with self._lock:
            seen, picture = self._seen, self._picture
        if seen is None or picture is None:
            return None
        return frames.drawn(picture, seen, self.options.keypoints), seen.result

    def _arrive(self, size: tuple[int, int], read: ReadFrame, captured_s: float | None = None) -> float:
        """Passes a frame of ``size`` (height, width) on to the analysis; returns the time of its arrival."""
        now = self._clock()
        with self._lock:
            self._meter.receive()
            if self._health.arrive(size, now):
                self._captures.append((now, captured_s))
                self._hand_over(read, now)
        return now

    def _hand_over(self, read: ReadFrame, now: float) -> None:
        if self._analysis is not None and self._analysis.ended:
            self._analysis = None
            self._turn.leave()
        if self._analysis is None:
            self._analysis = self._begin()
        elif self._turn.over():
            self._analysis.stop()
            self._analysis = self._seen = None
            self._turn.hand_on()
        if self._analysis is not None:
            if not self._pace.picks(now, self._rate()):
                self._meter.drop()
                return
            try:
                for _ in range(self._analysis.offer(read, now)):
                    self._meter.drop()
            except RuntimeError:  # the analysis ended since the check above; the next frame starts a new one
                self._analysis = None
                self._turn.leave()

    def _begin(self) -> StreamAnalysis | None:
        if not self._turn.take():
            return None
        client, slots = self._turn.client, self._turn.slots
        event("live start", taken=slots.taken, limit=slots.limit)
        begun_s = self._clock()
        analysis: StreamAnalysis | None = None

        def current() -> bool:
            return analysis is not None and analysis is self._analysis

        def end() -> None:
            slots.release(client)
            event("live end", seconds=round(self._clock() - begun_s))

        analysis = StreamAnalysis(
            self._open_analyzer,
            options=lambda: self.options,
            on_result=lambda seen, picture, arrived_s: self._take(seen, picture, arrived_s) if current() else None,
            on_failure=lambda error: self._fail(error) if current() else None,
            on_end=end,
            clock=self._clock,
            idle_s=self._idle_s,
        )
        return analysis

    def _take(self, seen: TrackedResult, picture: Frame, arrived_s: float) -> None:
        now = self._clock()
        options = self.options
        with self._lock:
            self._seen, self._health.seen_s, self._picture = seen, now, picture
            self._latest = TimedResult(seen, arrived_s, dict(self._captures).get(arrived_s))
            self._meter.analyse(arrived_s, now, seen.result.stage_ms)
            self._journal.note(seen, now - self._began_s)
            self._dialogue.update(rules.stream_rule(seen), now, options.language, options.cooldown_s)
        for name, listener in tuple(self.listeners.items()):
            try:
                listener(seen, now)
            except Exception as error:
                LOG.warning("the listener %s failed", name, exc_info=True)
                with self._lock:
                    self._health.fail_listener(name, error, self._clock())

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self._health.fail(error, self._clock())
            self._seen = None
