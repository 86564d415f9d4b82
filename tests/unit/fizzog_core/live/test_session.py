"""Tests of a live session with a fake analyzer: the stream continues after any fault, and the view describes it."""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import av
import numpy as np
import pytest

from benchmarks.waiting import wait_for
from fizzog_core.errors import ModelError
from fizzog_core.live import analysis_thread as stream_module
from fizzog_core.live import frames
from fizzog_core.live.analysis_thread import live_analyzers
from fizzog_core.live.session import LiveSession
from fizzog_core.networks.predictor import Networks
from fizzog_core.runtime import malloc
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult
from tests.support.results import face, hand

LIMIT_S = 10


class FakeAnalyzer:
    """Finds one happy face and one hand. Raises ``trouble`` if it is set; blocks until ``gate`` is set."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[int, ...], bool, bool]] = []
        self.trouble: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.opened = self.closed = 0

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None) -> FrameResult:
        self.gate.wait(10)
        self.calls.append((frame.shape, faces, hands))
        if self.trouble:
            raise self.trouble
        height, width = frame.shape[:2]
        return FrameResult(width, height, (face(),) if faces else None, (hand(),) if hands else None, {"find": 1.0})

    @contextmanager
    def open(self) -> Iterator["FakeAnalyzer"]:
        self.opened += 1
        yield self
        self.closed += 1


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def analyzer() -> FakeAnalyzer:
    return FakeAnalyzer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slots() -> Slots:
    return Slots(1)


@pytest.fixture
def live(analyzer: FakeAnalyzer, slots: Slots, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSession]:
    monkeypatch.setattr(stream_module, "RETRY_S", 0.01)
    session = LiveSession(analyzer.open, slots, clock)
    yield session
    analyzer.gate.set()
    session.on_ended()
    wait_for(lambda: analyzer.closed == analyzer.opened, LIMIT_S)
    wait_for(lambda: not streams(), LIMIT_S, "its last event would be counted in the next test")


def streams() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "fizzog-stream"]


def picture(width: int = 320, height: int = 240) -> Frame:
    """A frame that is dark on the left and bright on the right."""
    return np.repeat(np.linspace(0, 255, width, dtype=np.uint8)[None, :, None], height, 0).repeat(3, 2)


def read_one(live: LiveSession, frame: Frame | None = None) -> Frame:
    """Shows a frame, waits for its analysis, and shows the frame again."""
    before = live.view().speed.analysed
    shown = picture() if frame is None else frame
    live.show(shown)
    wait_for(lambda: live.view().speed.analysed > before, LIMIT_S)
    return live.show(shown)


def test_before_the_first_frame(live: LiveSession) -> None:
    view = live.view()
    assert (view.streaming, view.seen, view.notice, view.reply, view.counts) == (False, None, "", None, {})
    assert live.snapshot() is None
    assert live.log().num_rows == 0


def test_the_picture_is_mirrored_and_the_result_is_drawn_on_it(live: LiveSession) -> None:
    first = live.show(picture())
    np.testing.assert_array_equal(first, picture()[:, ::-1])
    drawn = read_one(live)
    assert drawn.shape == first.shape
    changed = np.argwhere((drawn != first).any(axis=2))
    assert changed[:, 1].min() > 50, "the face at x 100 to 180 of 320 is drawn at 140 to 220 of the mirror"
    assert live.view().streaming


def test_a_stream_without_a_way_back_keeps_the_times_of_its_frames(live: LiveSession, clock: Clock) -> None:
    assert live.latest() is None
    clock.now = 107.0
    live.receive(av.VideoFrame.from_ndarray(picture(), format="rgb24"), captured_s=1_700_000_000.5)
    wait_for(lambda: live.view().speed.analysed == 1, LIMIT_S)
    latest = live.latest()
    assert latest is not None
    assert (latest.arrived_s, latest.captured_s) == (107.0, 1_700_000_000.5)
    assert live.view().speed.shown_per_s == 0
    live.on_ended()
    assert live.latest() is None


def test_a_frame_that_cannot_be_received_is_told(live: LiveSession) -> None:
    live.receive(object())  # type: ignore[arg-type]
    live.show(picture())
    assert "could not be analysed" in live.view().notice


@pytest.mark.parametrize(
    ("mode", "expected"), [("emotions", (True, False)), ("gestures", (False, True)), ("both", (True, True))]
)
def test_a_mode_applies_from_the_next_frame_on(
    live: LiveSession, analyzer: FakeAnalyzer, mode: str, expected: tuple[bool, bool]
) -> None:
    read_one(live)
    live.options = replace(live.options, mode=mode)
    read_one(live)
    wait_for(lambda: analyzer.calls[-1][1:] == expected, LIMIT_S)
    assert analyzer.opened == 1, "the stream did not restart"


def test_the_keypoints_can_be_hidden(live: LiveSession) -> None:
    live.options = replace(live.options, mode="emotions")
    shown = read_one(live)
    live.options = replace(live.options, keypoints=False)
    assert (live.show(picture()) != shown).any()


def test_only_the_newest_frame_is_analysed_and_the_others_count_as_dropped(
    live: LiveSession, analyzer: FakeAnalyzer
) -> None:
    analyzer.gate.clear()
    live.show(picture())
    wait_for(lambda: analyzer.opened, LIMIT_S)  # the first frame is in the analysis
    for _ in range(9):
        live.show(picture())
    analyzer.gate.set()
    wait_for(lambda: live.view().speed.analysed == 2, LIMIT_S)
    speed = live.view().speed
    assert (speed.received, speed.dropped, len(analyzer.calls)) == (10, 8, 2)


def test_a_slow_analysis_does_not_block_the_camera(live: LiveSession, analyzer: FakeAnalyzer, clock: Clock) -> None:
    read_one(live)
    analyzer.gate.clear()
    start = time.monotonic()
    for _ in range(50):
        clock.now += 0.1
        live.show(picture())
    assert time.monotonic() - start < 5
    view = live.view()
    assert "server is busy" in view.notice
    assert view.seen is None, "no outdated boxes"
    np.testing.assert_array_equal(live.show(picture()), picture()[:, ::-1])
    analyzer.gate.set()
    wait_for(lambda: live.view().notice == "", LIMIT_S)


def test_a_failed_stage_is_reported_and_tried_again(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    read_one(live)
    analyzer.trouble = ValueError("the graph broke")
    live.show(picture())
    wait_for(lambda: "the graph broke" in live.view().notice, LIMIT_S)
    assert live.view().notice.startswith("A frame could not be analysed (ValueError: the graph broke).")
    np.testing.assert_array_equal(live.show(picture()), picture()[:, ::-1])
    analyzer.trouble = None
    read_one(live)
    wait_for(lambda: live.view().notice.endswith("It works again."), LIMIT_S)
    assert analyzer.opened >= 2, "the detectors were created again"


def test_loading_the_networks_does_not_block_the_camera(clock: Clock) -> None:
    loaded = threading.Event()

    def networks() -> Networks:
        loaded.wait(10)
        raise ModelError("No card. Publish a network.")

    live = LiveSession(live_analyzers(networks), Slots(1), clock)
    live.show(picture())
    clock.now += 2
    live.show(picture())
    clock.now += 2
    np.testing.assert_array_equal(live.show(picture()), picture()[:, ::-1])
    assert "loads the networks" in live.view().notice
    loaded.set()
    wait_for(lambda: live.view().notice.startswith("No card. Publish a network."), LIMIT_S)
    live.on_ended()


def test_the_notice_contains_the_message_of_a_known_error(
    analyzer: FakeAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "RETRY_S", 0.01)

    @contextmanager
    def broken() -> Iterator[FakeAnalyzer]:
        raise ModelError("No card. Publish a network.")
        yield analyzer

    live = LiveSession(broken, Slots(1))
    live.show(picture())
    wait_for(lambda: live.view().notice.startswith("No card. Publish a network."), LIMIT_S)
    live.on_ended()


@pytest.mark.parametrize(
    ("size", "pixel_format", "expected"),
    [
        ((1, 1), "rgb24", (1, 1)),
        ((33, 17), "rgb24", (33, 17)),
        ((640, 480), "yuv420p", (640, 480)),
        ((480, 640), "yuv420p", (480, 640)),
        ((640, 480), "gray", (640, 480)),
        ((4096, 2160), "yuv420p", (960, 506)),
        ((3, 2000), "rgb24", (1, 960)),
    ],
)
def test_any_size_and_pixel_format(
    live: LiveSession, analyzer: FakeAnalyzer, size: tuple[int, int], pixel_format: str, expected: tuple[int, int]
) -> None:
    frame = av.VideoFrame.from_ndarray(picture(*size), format="rgb24").reformat(format=pixel_format)
    sent = live.on_frame(frame)
    assert (sent.width, sent.height) == expected
    if min(size) < 16:
        assert "too small" in live.view().notice
    else:
        wait_for(lambda: analyzer.calls, LIMIT_S)
        assert analyzer.calls[0][0] == (expected[1], expected[0], 3)
        live.on_frame(frame)


def test_the_frame_size_may_change_during_a_stream(live: LiveSession) -> None:
    read_one(live, picture(320, 240))
    turned = live.show(picture(240, 320))
    np.testing.assert_array_equal(turned, picture(240, 320)[:, ::-1])
    assert (read_one(live, picture(240, 320)) != turned).any()


def test_a_frame_that_cannot_be_drawn_is_returned_unchanged(live: LiveSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("no room")

    read_one(live)
    monkeypatch.setattr(frames.overlay, "draw", broken)
    frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
    assert live.on_frame(frame) is frame
    assert "no room" in live.view().notice


def test_a_stalled_camera_is_reported(live: LiveSession, clock: Clock) -> None:
    read_one(live)
    clock.now += 5
    view = live.view()
    assert not view.streaming
    assert "no picture for 5 s" in view.notice
    live.show(picture())
    assert "no picture" not in live.view().notice


def test_stopping_releases_the_slot_and_the_session_can_start_again(
    live: LiveSession, analyzer: FakeAnalyzer, slots: Slots
) -> None:
    for times in range(1, 6):
        read_one(live)
        live.on_ended()
        assert slots.taken == 0
        wait_for(lambda: analyzer.closed == analyzer.opened, LIMIT_S)
        assert analyzer.opened == times
    wait_for(lambda: not streams(), LIMIT_S)
    assert live.view().speed.analysed >= 5
    live.on_ended()


def test_memory_is_trimmed_after_the_detectors_of_an_ended_session_are_closed(
    live: LiveSession, analyzer: FakeAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []
    monkeypatch.setattr(malloc, "trim", lambda: closed.append(analyzer.closed))
    read_one(live)
    assert not closed
    live.on_ended()
    wait_for(lambda: closed == [1], LIMIT_S)


def test_the_slot_of_a_silent_camera_is_released(analyzer: FakeAnalyzer, slots: Slots) -> None:
    live = LiveSession(analyzer.open, slots, idle_s=0.05)

    def read() -> bool:
        """Sends a frame at each call: on a busy machine a worker can reach its idle limit before its first frame."""
        live.show(picture())
        return live.view().speed.analysed > before

    before = 0
    wait_for(read, LIMIT_S)
    wait_for(lambda: slots.taken == 0, LIMIT_S)
    wait_for(lambda: analyzer.closed == analyzer.opened, LIMIT_S)
    before, opened = live.view().speed.analysed, analyzer.opened
    wait_for(read, LIMIT_S)
    assert analyzer.opened > opened
    live.on_ended()


def test_the_slot_is_released_at_once_although_the_analysis_blocks(
    live: LiveSession, analyzer: FakeAnalyzer, slots: Slots
) -> None:
    analyzer.gate.clear()
    live.show(picture())
    assert slots.taken == 1
    live.on_ended()
    assert slots.taken == 0


def test_a_session_without_a_slot_shows_the_camera_and_waits(
    live: LiveSession, analyzer: FakeAnalyzer, slots: Slots
) -> None:
    read_one(live)
    second = LiveSession(analyzer.open, slots)
    np.testing.assert_array_equal(second.show(picture()), picture()[:, ::-1])
    assert second.view().waiting
    assert "limit of live visitors (1) is reached" in second.view().notice
    live.on_ended()
    wait_for(lambda: slots.taken == 0, LIMIT_S)
    read_one(second)
    assert second.view().notice == ""
    second.on_ended()


def test_reply_counts_and_log(live: LiveSession, clock: Clock) -> None:
    for _ in range(30):
        clock.now += 0.1
        read_one(live)
    view = live.view()
    assert view.reply is not None
    assert view.reply.response.rule == "happy+victory"
    assert view.counts == {"happy": 1, "victory": 1}
    assert {entry.kind for entry in view.timeline} == {"face", "hand"}
    assert live.log().num_rows == pytest.approx(12, abs=2)


def test_a_snapshot_is_drawn_and_its_result_is_not_mirrored(live: LiveSession) -> None:
    read_one(live)
    snapshot = live.snapshot()
    assert snapshot is not None
    drawn, result = snapshot
    assert (drawn != picture()[:, ::-1]).any()
    assert result.faces
    assert result.faces[0].detection.box.x1 == 100


def test_listeners_receive_every_result_and_cannot_stop_the_stream(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    seen: list[float] = []
    live.listeners["game"] = lambda _, at_s: seen.append(at_s)
    read_one(live)
    assert seen
    live.listeners["game"] = lambda _, at_s: [][0]
    live.show(picture())
    wait_for(lambda: "The game failed (IndexError" in live.view().notice, LIMIT_S)
    assert live.view().seen is not None, "the result is kept"
    live.listeners.clear()
    read_one(live)
    assert analyzer.opened == 1, "the detectors are kept"


def test_a_failure_of_an_ended_stream_keeps_the_result_of_the_next_stream(
    analyzer: FakeAnalyzer, slots: Slots, clock: Clock
) -> None:
    released = threading.Event()

    class Stale(FakeAnalyzer):
        def analyze(
            self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None
        ) -> FrameResult:
            released.wait(LIMIT_S)
            raise ValueError("from the ended stream")

    stale = Stale()
    analyzers = iter([stale, analyzer])
    live = LiveSession(lambda: next(analyzers).open(), slots, clock)
    live.show(picture())
    wait_for(lambda: stale.opened, LIMIT_S)
    live.on_ended()
    read_one(live)
    released.set()
    wait_for(lambda: stale.closed, LIMIT_S)  # the analysis reports a failure before it closes its analyzer
    view = live.view()
    assert view.seen is not None
    assert view.notice == ""
    live.on_ended()


def test_a_visit_and_a_refusal_are_one_event_each(
    live: LiveSession, analyzer: FakeAnalyzer, slots: Slots, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="fizzog")
    read_one(live)
    refused = LiveSession(analyzer.open, slots, clock)
    for _ in range(3):
        refused.show(picture())
    refused.on_ended()
    clock.now += 7
    live.on_ended()
    wait_for(lambda: len(caplog.records) == 3, LIMIT_S, lambda: str(caplog.messages))
    events = [(record.msg, getattr(record, "fields", None)) for record in caplog.records]
    assert events == [
        ("live start", {"taken": 1, "limit": 1}),
        ("refused", {"what": "live"}),
        ("live end", {"seconds": 7}),
    ]


@pytest.mark.parametrize(("share", "analysed"), [(math.inf, 9), (30, 9), (10, 3)])
def test_frames_above_the_visitors_share_are_not_analysed(
    analyzer: FakeAnalyzer, slots: Slots, clock: Clock, share: float, analysed: int
) -> None:
    live = LiveSession(analyzer.open, slots, clock, rate=lambda: share)

    def counted() -> int:
        speed = live.view().speed
        return speed.analysed + speed.dropped

    try:
        for number in range(9):
            live.show(picture())
            wait_for(lambda number=number: counted() == number + 1, LIMIT_S)
            clock.now += 1 / 30
        assert live.view().speed.analysed == analysed
    finally:
        live.on_ended()
