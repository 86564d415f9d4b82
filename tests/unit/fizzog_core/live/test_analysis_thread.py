"""A stream's frames are converted for the analysis on its thread, and only if they are analysed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import av
import numpy as np
import pytest

from benchmarks.waiting import wait_for
from fizzog_core.live import analysis_thread, frames
from fizzog_core.live.session import LiveSession
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult

LIMIT_S = 10
CAMERA = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24").reformat(format="yuv420p")


class Waiting:
    """An analyzer that finds nothing, and does not return before ``go_on`` is set."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None) -> FrameResult:
        self.begun.set()
        assert self.go_on.wait(LIMIT_S)
        return FrameResult(frame.shape[1], frame.shape[0])

    @contextmanager
    def open(self) -> Iterator[Waiting]:
        yield self


def test_dropped_frames_are_not_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    to_rgb = frames.to_rgb

    def counted(frame: av.VideoFrame) -> Frame:
        threads.append(threading.current_thread().name)
        return to_rgb(frame)

    monkeypatch.setattr(frames, "to_rgb", counted)
    analyzer = Waiting()
    live = LiveSession(analyzer.open, Slots(1))
    live.receive(CAMERA)
    assert analyzer.begun.wait(LIMIT_S)
    for _ in range(5):
        live.receive(CAMERA)
    analyzer.go_on.set()
    wait_for(lambda: live.view().speed.analysed == 2, LIMIT_S)
    speed = live.view().speed
    assert (speed.received, speed.dropped, threads) == (6, 4, ["fizzog-stream"] * 2)
    live.on_ended()


def test_an_analysis_waits_for_its_turn_and_reads_the_newest_frame_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis_thread, "TURNS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(analysis_thread, "LONGEST_WAIT_S", LIMIT_S)
    first, second = Waiting(), Waiting()
    second.go_on.set()
    busy, waiting = LiveSession(first.open, Slots(1)), LiveSession(second.open, Slots(1))
    busy.receive(CAMERA)
    assert first.begun.wait(LIMIT_S)
    for _ in range(3):
        waiting.receive(CAMERA)
    assert not second.begun.wait(0.2)
    first.go_on.set()
    wait_for(lambda: waiting.view().speed.analysed == 1, LIMIT_S)
    assert waiting.view().speed.dropped == 2
    for live in (busy, waiting):
        live.on_ended()


def test_an_analysis_that_hangs_does_not_take_the_others_turn_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr(analysis_thread, "TURNS", turns)
    monkeypatch.setattr(analysis_thread, "LONGEST_WAIT_S", 0.05)
    stuck, free = Waiting(), Waiting()
    free.go_on.set()
    hanging, other = LiveSession(stuck.open, Slots(1)), LiveSession(free.open, Slots(1))
    hanging.receive(CAMERA)
    assert stuck.begun.wait(LIMIT_S)
    other.receive(CAMERA)
    wait_for(lambda: other.view().speed.analysed == 1, LIMIT_S)
    stuck.go_on.set()
    for live in (hanging, other):
        live.on_ended()
    wait_for(lambda: turns.acquire(blocking=False), LIMIT_S)
