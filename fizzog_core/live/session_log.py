"""Timeline, label counts and downloadable log of a live session, in memory and of bounded size."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from fizzog_core.output import tables
from fizzog_core.types import TrackedResult

SOURCE = "live"
"""What the log's rows name as their source."""
PERIOD_S = 0.5
"""Two entries a second for each face and hand are enough for a chart and a log."""
TIMELINE_S = 60.0
BLOCK_ROWS = 500
"""Rows in one Arrow table; a row there takes a tenth of the memory of a dict."""
MAX_ROWS = 50_000
"""The log keeps its newest rows, to a block; this is about two hours of three faces, and some 30 MB."""
COUNT_AFTER_S = 0.5
"""A label counts once its smoothed value has not changed for this time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One face or hand at one moment. ``at_s``: seconds since the session began. ``label`` and ``score``: the smoothed
    answer, None for "not sure"."""

    at_s: float
    kind: Literal["face", "hand"]
    track_id: int
    label: str | None
    score: float


class Journal:
    """Records the results of one session. Not thread-safe: the owner holds a lock."""

    def __init__(self) -> None:
        self._recent: deque[Entry] = deque()
        self._rows: list[tables.Row] = []
        self._blocks: deque[pa.Table] = deque(maxlen=MAX_ROWS // BLOCK_ROWS)
        self._counts: Counter[str] = Counter()
        self._frames = 0
        self._last_s = float("-inf")
        self._before: dict[tuple[str, int], tuple[str | None, float, bool]] = {}

    def note(self, seen: TrackedResult, at_s: float) -> None:
        """Take in one frame's answers."""
        entries = _entries(seen, at_s)
        self._count(entries, at_s)
        if at_s - self._last_s >= PERIOD_S:
            self._last_s = at_s
            self._recent.extend(entries)
            while self._recent and at_s - self._recent[0].at_s > TIMELINE_S:
                self._recent.popleft()
            self._rows += tables.to_rows(SOURCE, seen.result, self._frames, at_s, seen.smoothed)
            if len(self._rows) >= BLOCK_ROWS:
                self._blocks.append(tables.to_table(self._rows))
                self._rows = []
        self._frames += 1

    def counts(self) -> dict[str, int]:
        """Count of each label: one for each time it was held for ``COUNT_AFTER_S`` on a face or hand."""
        return dict(self._counts.most_common())

    def timeline(self, now_s: float) -> tuple[Entry, ...]:
        """The entries of the last minute, the oldest first."""
        return tuple(entry for entry in self._recent if now_s - entry.at_s <= TIMELINE_S)

    def rows(self) -> pa.Table:
        """The log, the oldest first: a table with ``tables.ROW_SCHEMA``; a frame's number is that of its result."""
        return pa.concat_tables([*self._blocks, tables.to_table(self._rows)])

    def _count(self, entries: Sequence[Entry], at_s: float) -> None:
        before, self._before = self._before, {}
        for entry in entries:
            key = entry.kind, entry.track_id
            label, began_s, counted = before.get(key, (None, at_s, False))
            if label != entry.label:
                label, began_s, counted = entry.label, at_s, False
            if label is not None and not counted and at_s - began_s >= COUNT_AFTER_S:
                counted = True
                self._counts[label] += 1
            self._before[key] = label, began_s, counted


def _entries(seen: TrackedResult, at_s: float) -> list[Entry]:
    return [
        Entry(at_s, thing.detection.kind, thing.track_id or 0, smoothed.label, smoothed.score)
        for thing in seen.result.items
        if (smoothed := seen.smoothed_of(thing)) is not None
    ]
