"""A visitor's turn: it ends while others wait, and the analysis goes on when the visitor's next turn begins."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from benchmarks.waiting import wait_for
from fizzog_core.live.session import LiveSession
from fizzog_core.live.turn import START_S, WARNED_S
from fizzog_core.runtime.slots import GRACE_S, SILENCE_S, Slots
from fizzog_core.types import Frame, FrameResult

LIMIT_S = 10
TURN_S = 300.0
PICTURE = np.zeros((240, 320, 3), np.uint8)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Finder:
    """Finds nothing in each frame."""

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None) -> FrameResult:
        return FrameResult(frame.shape[1], frame.shape[0], (), (), {})


@contextmanager
def finder() -> Iterator[Finder]:
    yield Finder()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slots(clock: Clock) -> Slots:
    return Slots(1, TURN_S, clock)


@pytest.fixture
def visitors(slots: Slots, clock: Clock) -> Iterator[tuple[LiveSession, LiveSession]]:
    """Two visitors; the first one is analysed."""
    both = LiveSession(finder, slots, clock), LiveSession(finder, slots, clock)
    analysed(both[0])
    yield both
    for live in both:
        live.on_ended()


def analysed(live: LiveSession) -> None:
    before = live.view().speed.analysed
    live.show(PICTURE)
    wait_for(lambda: live.view().speed.analysed > before, LIMIT_S)


def test_a_turn_has_no_end_while_nobody_waits(visitors: tuple[LiveSession, LiveSession], clock: Clock) -> None:
    clock.now += 10 * TURN_S
    analysed(visitors[0])
    assert visitors[0].view().notice == ""


def test_a_turn_ends_with_a_sentence_before_and_after_and_comes_again(
    visitors: tuple[LiveSession, LiveSession], slots: Slots, clock: Clock
) -> None:
    first, second = visitors
    clock.now += TURN_S - WARNED_S - 5
    second.show(PICTURE)
    assert second.view().waiting
    assert second.view().notice.startswith("The limit of live visitors (1) is reached. You are the next one.")
    first.show(PICTURE)
    assert "Other visitors wait" not in first.view().notice
    for _ in range(12):
        clock.now += SILENCE_S / 2
        assert not second.claim()
    first.show(PICTURE)
    assert "Yours goes to the next one in 5 s" in first.view().notice
    clock.now += 6
    first.show(PICTURE)
    view = first.view()
    assert (view.waiting, view.seen) == (True, None)
    assert view.notice.startswith("Your turn of 5 min is over, because other visitors wait. Before you: 1.")
    assert second.claim()
    assert second.view().notice == "A live slot is free: the analysis starts."
    analysed(second)
    assert (second.view().waiting, slots.taken, slots.waiting) == (False, 1, 1)
    second.on_ended()
    assert first.claim()
    analysed(first)
    assert first.view().notice == ""


def test_a_turn_that_is_long_over_ends_only_after_a_warning(
    visitors: tuple[LiveSession, LiveSession], clock: Clock
) -> None:
    first, second = visitors
    clock.now += 3 * TURN_S
    second.show(PICTURE)
    first.show(PICTURE)
    assert f"in {GRACE_S:.0f} s" in first.view().notice
    assert not first.view().waiting


def test_a_slot_is_kept_for_a_visitor_who_has_waited_without_a_camera(
    visitors: tuple[LiveSession, LiveSession], slots: Slots, clock: Clock
) -> None:
    first, second = visitors
    assert not second.claim()
    first.on_ended()
    assert second.claim()
    assert second.view().notice == "A live slot is free. It is kept for you for 30 s: start the camera."
    first.show(PICTURE)
    assert first.view().waiting
    clock.now += SILENCE_S / 2
    analysed(second)
    clock.now += 2 * START_S
    second.show(PICTURE)
    assert slots.taken == 1
    second.on_ended()
    analysed(first)


def test_a_slot_that_is_not_used_goes_to_the_next_visitor(
    visitors: tuple[LiveSession, LiveSession], clock: Clock
) -> None:
    first, second = visitors
    assert not second.claim()
    first.on_ended()
    assert second.claim()
    clock.now += START_S + 1
    analysed(first)
