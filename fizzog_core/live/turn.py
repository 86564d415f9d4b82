"""One live visitor's slot, or the wait for one: decision 062."""

from __future__ import annotations

import math
from collections.abc import Hashable

from fizzog_core.runtime.events import event
from fizzog_core.runtime.slots import Slots

START_S = 30.0
"""Time for which a slot is kept for a visitor who has waited, until the first frame arrives."""
WARNED_S = 60.0
"""The page announces the end of a turn this time before it."""


class Turn:
    """A visitor's right to be analysed. Not thread-safe: the session calls it under its lock."""

    def __init__(self, slots: Slots, network: Hashable = None) -> None:
        """``network``: of the visitor; networks share the slots."""
        self.slots, self._network = slots, network
        self.client = object()
        """Identifies the present slot or place in the queue."""
        self._over = False
        self.waiting = False
        """Whether the visitor is in the queue."""

    def take(self) -> bool:
        """Takes a slot or joins the queue; returns whether the visitor has a slot."""
        return self._acquire(math.inf)

    def reserve(self) -> bool:
        """Takes a slot for ``START_S`` seconds or joins the queue; returns whether the visitor has a slot.

        A visitor who waits calls it at least every ``slots.SILENCE_S`` seconds.
        """
        return self._acquire(START_S)

    def over(self) -> bool:
        """Whether the slot has to go to another visitor."""
        return self.slots.left_s(self.client) <= 0

    def hand_on(self) -> None:
        """Gives the slot to the next visitor and joins the queue."""
        self.leave()
        self._over = True
        self.take()

    def leave(self) -> None:
        """Gives up the slot or the place in the queue."""
        self.slots.release(self.client)
        self.client = object()
        self._over = self.waiting = False

    def notice(self, started: bool) -> str:
        """What the visitor has to know about the slot, in a sentence; empty if there is nothing.

        ``started``: whether the camera has sent frames.
        """
        if self.waiting:
            more = "Nothing is analysed meanwhile; the analysis starts by itself." if started else ""
            return f"{self._reason()} {self._line()} {more}".rstrip()
        if (kept_s := self.slots.kept_s(self.client)) < math.inf:
            return (
                "A live slot is free: the analysis starts."
                if started
                else f"A live slot is free. It is kept for you for {kept_s:.0f} s: start the camera."
            )
        left_s = self.slots.left_s(self.client)
        if left_s <= WARNED_S:
            return f"Other visitors wait for a live slot. Yours goes to the next one in {max(0.0, left_s):.0f} s."
        return ""

    def _reason(self) -> str:
        if self._over:
            return f"Your turn of {self.slots.turn_s / 60:.0f} min is over, because other visitors wait."
        return f"The limit of live visitors ({self.slots.limit}) is reached."

    def _line(self) -> str:
        ahead = self.slots.ahead(self.client)
        return "You are the next one." if ahead == 0 else f"Before you: {ahead}."

    def _acquire(self, for_s: float) -> bool:
        got = self.slots.acquire(self.client, for_s, self._network)
        if not got and not self.waiting and not self._over:
            event("refused", what="live")
        self.waiting = not got
        return got
