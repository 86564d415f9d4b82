"""A stream's frames are converted for the analysis on its thread, and only if they are analysed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import av
import numpy as np
import pytest

from benchmarks.waiting import wait_for
from fizzog_core.live import frames
from fizzog_core.live.session import LiveSession
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult

LIMIT_S = 10


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
    camera = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24").reformat(format="yuv420p")
    live.receive(camera)
    assert analyzer.begun.wait(LIMIT_S)
    for _ in range(5):
        live.receive(camera)
    analyzer.go_on.set()
    wait_for(lambda: live.view().speed.analysed == 2, LIMIT_S)
    speed = live.view().speed
    assert (speed.received, speed.dropped, threads) == (6, 4, ["fizzog-stream"] * 2)
    live.on_ended()
