"""A live session, with a fake analyzer: frames go on whatever happens, and the page is told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import av
import numpy as np
import pytest

from benchmarks.waiting import wait_for
from fizzog_core.errors import EngineClosedError, ModelError, OverloadedError
from fizzog_core.live import analysis_thread as stream_module
from fizzog_core.live import session as live_module
from fizzog_core.live.analysis_thread import batched_analyzers
from fizzog_core.live.session import LiveSession
from fizzog_core.networks.batching import Engine
from fizzog_core.runtime import malloc
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult
from tests.support.results import face, hand

LIMIT_S = 10


class FakeAnalyzer:
    """Finds one happy face and one hand; ``trouble`` is raised, ``gate`` holds it back."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[int, ...], bool, bool]] = []
        self.trouble: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.opened = self.closed = 0

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True) -> FrameResult:
        self.gate.wait(10)
        self.asked.append((frame.shape, faces, hands))
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
def live(analyzer: FakeAnalyzer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveSession]:
    monkeypatch.setattr(stream_module, "RETRY_S", 0.01)
    session = LiveSession(analyzer.open, Slots(1), clock)
    yield session
    analyzer.gate.set()
    session.on_ended()


def picture(width: int = 320, height: int = 240) -> Frame:
    """Dark on the left, bright on the right."""
    return np.repeat(np.linspace(0, 255, width, dtype=np.uint8)[None, :, None], height, 0).repeat(3, 2)


def read_one(live: LiveSession, frame: Frame | None = None) -> Frame:
    """Show a frame, wait until it has been read, and show it once more."""
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


def test_the_picture_is_a_mirror_and_is_drawn_on(live: LiveSession) -> None:
    first = live.show(picture())
    np.testing.assert_array_equal(first, picture()[:, ::-1])
    drawn = read_one(live)
    assert drawn.shape == first.shape
    changed = np.argwhere((drawn != first).any(axis=2))
    assert changed[:, 1].min() > 50, "the face at x 100 to 180 of 320 is drawn at 140 to 220 of the mirror"
    assert live.view().streaming


@pytest.mark.parametrize(
    ("mode", "expected"), [("emotions", (True, False)), ("gestures", (False, True)), ("both", (True, True))]
)
def test_a_mode_counts_from_the_next_frame_on(
    live: LiveSession, analyzer: FakeAnalyzer, mode: str, expected: tuple[bool, bool]
) -> None:
    read_one(live)
    live.options = replace(live.options, mode=mode)  # type: ignore[arg-type]
    read_one(live)
    wait_for(lambda: analyzer.asked[-1][1:] == expected, LIMIT_S)
    assert analyzer.opened == 1, "the stream was not started anew"


def test_the_keypoints_can_be_hidden(live: LiveSession) -> None:
    live.options = replace(live.options, mode="emotions")
    shown = read_one(live)
    live.options = replace(live.options, keypoints=False)
    assert (live.show(picture()) != shown).any()


def test_the_newest_frame_wins_and_the_rest_is_counted(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    analyzer.gate.clear()
    live.show(picture())
    wait_for(lambda: analyzer.opened, LIMIT_S)  # it has the first one in hand
    for _ in range(9):
        live.show(picture())
    analyzer.gate.set()
    wait_for(lambda: live.view().speed.analysed == 2, LIMIT_S)
    speed = live.view().speed
    assert (speed.received, speed.dropped, len(analyzer.asked)) == (10, 8, 2)


def test_a_slow_analysis_does_not_hold_the_camera(live: LiveSession, analyzer: FakeAnalyzer, clock: Clock) -> None:
    read_one(live)
    analyzer.gate.clear()
    start = time.monotonic()
    for _ in range(50):
        clock.now += 0.1
        live.show(picture())
    assert time.monotonic() - start < 5
    view = live.view()
    assert "server is busy" in view.notice
    assert view.seen is None, "no ghost boxes"
    np.testing.assert_array_equal(live.show(picture()), picture()[:, ::-1])
    analyzer.gate.set()
    wait_for(lambda: live.view().notice == "", LIMIT_S)


def test_a_stage_that_raises_is_told_and_tried_again(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    read_one(live)
    analyzer.trouble = ValueError("the graph broke")
    live.show(picture())
    wait_for(lambda: "the graph broke" in live.view().notice, LIMIT_S)
    assert live.view().notice.startswith("A frame could not be analysed (ValueError: the graph broke).")
    np.testing.assert_array_equal(live.show(picture()), picture()[:, ::-1])
    analyzer.trouble = None
    read_one(live)
    wait_for(lambda: live.view().notice.endswith("It works again."), LIMIT_S)
    assert analyzer.opened >= 2, "the detectors were made anew"


def test_a_late_answer_keeps_the_detectors(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    read_one(live)
    analyzer.trouble = OverloadedError("No result within 5 s.")
    live.show(picture())
    wait_for(lambda: live.view().notice.startswith("No result within 5 s."), LIMIT_S)
    analyzer.trouble = None
    read_one(live)
    assert analyzer.opened == 1


def test_networks_that_are_still_being_loaded_hold_nothing_back(clock: Clock) -> None:
    loaded = threading.Event()

    def engine() -> Engine:
        loaded.wait(10)
        raise ModelError("No card. Publish a network.")

    live = LiveSession(batched_analyzers(engine), Slots(1), clock)
    live.show(picture())
    clock.now += 2
    live.show(picture())
    clock.now += 2
    np.testing.assert_array_equal(live.show(picture()), picture()[:, ::-1])
    assert "loads the networks" in live.view().notice
    loaded.set()
    wait_for(lambda: live.view().notice.startswith("No card. Publish a network."), LIMIT_S)
    live.on_ended()


def test_a_known_error_is_told_in_its_own_words(analyzer: FakeAnalyzer, monkeypatch: pytest.MonkeyPatch) -> None:
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
    ("size", "form", "expected"),
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
    live: LiveSession, analyzer: FakeAnalyzer, size: tuple[int, int], form: str, expected: tuple[int, int]
) -> None:
    frame = av.VideoFrame.from_ndarray(picture(*size), format="rgb24").reformat(format=form)
    sent = live.on_frame(frame)
    assert (sent.width, sent.height) == expected
    if min(size) < 16:
        assert "too small" in live.view().notice
    else:
        wait_for(lambda: analyzer.asked, LIMIT_S)
        assert analyzer.asked[0][0] == (expected[1], expected[0], 3)
        live.on_frame(frame)


def test_a_size_that_changes_on_the_way_is_followed(live: LiveSession) -> None:
    read_one(live, picture(320, 240))
    turned = live.show(picture(240, 320))
    np.testing.assert_array_equal(turned, picture(240, 320)[:, ::-1])
    assert (read_one(live, picture(240, 320)) != turned).any()


def test_a_frame_that_cannot_be_shown_is_sent_back_as_it_is(live: LiveSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise MemoryError("no room")

    read_one(live)
    monkeypatch.setattr(live_module.overlay, "draw", broken)
    frame = av.VideoFrame.from_ndarray(picture(), format="rgb24")
    assert live.on_frame(frame) is frame
    assert "no room" in live.view().notice


def test_a_camera_that_stalls_is_told(live: LiveSession, clock: Clock) -> None:
    read_one(live)
    clock.now += 5
    view = live.view()
    assert not view.streaming
    assert "no picture for 5 s" in view.notice
    live.show(picture())
    assert "no picture" not in live.view().notice


def test_stopping_frees_everything_and_the_session_can_start_again(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    for times in range(1, 6):
        read_one(live)
        live.on_ended()
        assert live._slots.taken == 0
        wait_for(lambda: analyzer.closed == analyzer.opened, LIMIT_S)
        assert analyzer.opened == times
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == "fizzog-stream"], LIMIT_S)
    assert live.view().speed.analysed >= 5
    live.on_ended()


def test_memory_is_given_back_once_the_detectors_of_who_left_are_closed(
    live: LiveSession, analyzer: FakeAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []
    monkeypatch.setattr(malloc, "trim", lambda: closed.append(analyzer.closed))
    read_one(live)
    assert not closed
    live.on_ended()
    wait_for(lambda: closed == [1], LIMIT_S)


def test_the_place_of_a_camera_that_falls_silent_is_given_back(
    analyzer: FakeAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fizzog_core.runtime.latest_worker.NewestWorker.__init__.__defaults__", (0.05,))
    live = LiveSession(analyzer.open, Slots(1))

    def read() -> bool:
        """A camera sends again and again: on a busy machine a worker may be idle for long before its first frame."""
        live.show(picture())
        return live.view().speed.analysed > before

    before = 0
    wait_for(read, LIMIT_S)
    wait_for(lambda: live._slots.taken == 0, LIMIT_S)
    wait_for(lambda: analyzer.closed == analyzer.opened, LIMIT_S)
    before, opened = live.view().speed.analysed, analyzer.opened
    wait_for(read, LIMIT_S)
    assert analyzer.opened > opened
    live.on_ended()


def test_a_place_is_free_at_once_even_if_the_analysis_hangs(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    analyzer.gate.clear()
    live.show(picture())
    assert live._slots.taken == 1
    live.on_ended()
    assert live._slots.taken == 0


def test_one_too_many_sees_the_camera_and_waits(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    read_one(live)
    second = LiveSession(analyzer.open, live._slots)
    np.testing.assert_array_equal(second.show(picture()), picture()[:, ::-1])
    assert "All 1 places are taken" in second.view().notice
    live.on_ended()
    wait_for(lambda: live._slots.taken == 0, LIMIT_S)
    read_one(second)
    assert second.view().notice == ""
    second.on_ended()


def test_answers_counts_and_log(live: LiveSession, clock: Clock) -> None:
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
    assert (result.faces or ())[0].detection.box.x1 == 100


def test_listeners_get_every_result_and_cannot_stop_the_stream(live: LiveSession, analyzer: FakeAnalyzer) -> None:
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


def test_a_failure_of_a_stream_that_has_ended_keeps_the_result_of_the_next(
    live: LiveSession, analyzer: FakeAnalyzer
) -> None:
    released = threading.Event()

    class Stale(FakeAnalyzer):
        def analyze(self, frame: Frame, faces: bool = True, hands: bool = True) -> FrameResult:
            released.wait(LIMIT_S)
            raise ValueError("from the ended stream")

    stale = Stale()
    live._open_analyzer, current = stale.open, live._open_analyzer
    live.show(picture())
    wait_for(lambda: stale.opened, LIMIT_S)
    ended = live._analysis
    assert ended is not None
    live.on_ended()
    live._open_analyzer = current
    read_one(live)
    released.set()
    assert ended.join(LIMIT_S)
    view = live.view()
    assert view.seen is not None
    assert view.notice == ""


def test_a_closed_engine_is_reported_to_the_page(live: LiveSession, analyzer: FakeAnalyzer) -> None:
    read_one(live)
    assert not live.view().closed
    analyzer.trouble = EngineClosedError("The analysis has been shut down.")
    live.show(picture())
    wait_for(lambda: live.view().closed, LIMIT_S)
    assert live.view().notice.startswith("The analysis has been shut down.")
