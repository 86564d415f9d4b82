"""When to answer: once a steady label has held for about a second, and not again before the cooldown is over."""

from __future__ import annotations

import random
from dataclasses import dataclass

from fizzog_core.replies import catalog
from fizzog_core.types import Response

HOLD_S = 1.0
"""A rule is answered when it has held for so long."""
COOLDOWN_S = 10.0
COOLDOWN_RANGE_S = (3.0, 60.0)


@dataclass(frozen=True, slots=True)
class Reply:
    """A sentence that was said: ``number`` counts them from 1, ``at_s`` is when it was chosen."""

    number: int
    response: Response
    language: str
    at_s: float


class Dialogue:
    """Chooses the replies of one session. Not safe for several threads."""

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._rule: str | None = None
        self._since_s = 0.0
        self.last: Reply | None = None

    def update(self, rule: str | None, now_s: float, language: str, cooldown_s: float = COOLDOWN_S) -> Reply | None:
        """A reply if now is the time for one. ``rule``: as ``responses.rule_for`` gives it, None for nothing sure."""
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
