"""What a live session saw: a timeline, counts, and a log for download. In memory only, and of bounded size."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

PERIOD_S = 0.5
"""Two entries a second for each face and hand are enough for a chart and a log."""
TIMELINE_S = 60.0
MAX_ROWS = 50_000
"""The log keeps its newest rows; this is about two hours of three faces."""
COUNT_AFTER_S = 0.5
"""A label counts as seen once it has been steady for so long."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One face or hand at one moment. ``at_s``: seconds since the session began. ``label``: None for "not sure"."""

    at_s: float
    kind: Literal["face", "hand"]
    track_id: int
    label: str | None
    score: float
    probabilities: tuple[tuple[str, float], ...]
    handedness: str | None = None


class Journal:
    """Not safe for several threads: its owner holds a lock."""

    def __init__(self) -> None:
        self._rows: deque[Entry] = deque(maxlen=MAX_ROWS)
        self._counts: Counter[str] = Counter()
        self._last_s = float("-inf")
        self._seen: dict[tuple[str, int], tuple[str | None, float, bool]] = {}

    def note(self, entries: Sequence[Entry], at_s: float) -> None:
        """Take in the steady answers of one frame."""
        self._count(entries, at_s)
        if at_s - self._last_s >= PERIOD_S:
            self._last_s = at_s
            self._rows.extend(entries)

    def counts(self) -> dict[str, int]:
        """How often each label was seen: once each time it became steady on a face or hand."""
        return dict(self._counts.most_common())

    def timeline(self, now_s: float) -> tuple[Entry, ...]:
        """The entries of the last minute, the oldest first."""
        recent = []
        for entry in reversed(self._rows):
            if now_s - entry.at_s > TIMELINE_S:
                break
            recent.append(entry)
        return tuple(reversed(recent))

    def rows(self) -> tuple[Entry, ...]:
        return tuple(self._rows)

    def _count(self, entries: Sequence[Entry], at_s: float) -> None:
        before, self._seen = self._seen, {}
        for entry in entries:
            key = entry.kind, entry.track_id
            label, began_s, counted = before.get(key, (None, at_s, False))
            if label != entry.label:
                label, began_s, counted = entry.label, at_s, False
            if label is not None and not counted and at_s - began_s >= COUNT_AFTER_S:
                counted = True
                self._counts[label] += 1
            self._seen[key] = label, began_s, counted
