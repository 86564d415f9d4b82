"""Decides when a reply is due: a rule must hold for a second, and the cooldown since the last reply must be over."""

from __future__ import annotations

import random
from dataclasses import dataclass

from fizzog_core.replies import catalog
from fizzog_core.replies.catalog import Response

HOLD_S = 1.0
"""Seconds that a rule must hold before its reply."""
COOLDOWN_S = 10.0
COOLDOWN_RANGE_S = (3.0, 60.0)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of a session: ``number`` counts from 1, ``at_s`` is the time at which it was chosen."""

    number: int
    response: Response
    language: str
    at_s: float


class ReplyScheduler:
    """Chooses the replies of one session. Not thread-safe."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._rule: str | None = None
        self._since_s = 0.0
        self.last: Reply | None = None

    def update(self, rule: str | None, now_s: float, language: str, cooldown_s: float = COOLDOWN_S) -> Reply | None:
        """The reply that is due now, else None. ``rule``: from ``rules.stream_rule``, None if nothing is sure."""
        if rule != self._rule:
            self._rule, self._since_s = rule, now_s
        if rule is None or now_s - self._since_s < HOLD_S:
            return None
        if self.last is not None and now_s - self.last.at_s < cooldown_s:
            return None
        previous = self.last.response if self.last else None
        number = self.last.number + 1 if self.last else 1
        chosen = catalog.choose(rule, language, previous, self._rng)
        self.last = Reply(number, chosen, language, now_s)
        return self.last
