"""Intervals of a constant smoothed label, and summaries of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from fizzog_core.labels import NOT_SURE
from fizzog_core.types import TrackedResult, TrackKey

MISSED_S = 0.5
"""A gap in detection up to this many seconds does not end an interval if the label stays the same."""
HELD_S = 0.5
"""Shortest interval, in seconds, that can be a key moment."""
QUIET_LABELS = frozenset({NOT_SURE, "neutral", "none"})
"""Labels that are never key moments."""
MOST_MOMENTS = 12

INTERVAL_COLUMNS = ("kind", "track_id", "label", "start_s", "end_s", "peak_s", "peak_score")


@dataclass(frozen=True, slots=True)
class Interval:
    """One track had the label ``label`` from ``start_s`` to ``end_s``.

    ``peak_score``: the highest smoothed probability of the label in the interval, at ``peak_s``.
    """

    kind: Literal["face", "hand"]
    track_id: int
    label: str
    start_s: float
    end_s: float
    peak_s: float
    peak_score: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


@dataclass(slots=True)
class _Open:
    label: str
    start_s: float
    end_s: float
    present: bool
    peak_s: float
    peak_score: float


class Timeline:
    """Builds intervals frame by frame. A frame's labels hold until the next frame that is added."""

    def __init__(self) -> None:
        self._open: dict[TrackKey, _Open] = {}
        self._done: list[Interval] = []

    def note(self, tracked: TrackedResult, at_s: float) -> None:
        """Add one frame. ``at_s`` must not decrease from call to call."""
        self._pass_to(at_s)
        for key, smoothed in tracked.smoothed.items():
            label = smoothed.label or NOT_SURE
            interval = self._open.get(key)
            if interval is None or interval.label != label:
                self._end(key)
                interval = self._open[key] = _Open(label, at_s, at_s, True, at_s, smoothed.score)
            interval.present, interval.end_s = True, at_s
            if smoothed.score > interval.peak_score:
                interval.peak_s, interval.peak_score = at_s, smoothed.score

    def finish(self, end_s: float) -> tuple[Interval, ...]:
        """All intervals in order of their start; the last frame's labels hold until ``end_s``."""
        self._pass_to(end_s)
        for key in list(self._open):
            self._end(key)
        return tuple(sorted(self._done, key=lambda s: (s.start_s, s.kind, s.track_id)))

    def _pass_to(self, at_s: float) -> None:
        for key, interval in list(self._open.items()):
            if interval.present:
                interval.present, interval.end_s = False, at_s
            elif at_s - interval.end_s > MISSED_S:
                self._end(key)

    def _end(self, key: TrackKey) -> None:
        interval = self._open.pop(key, None)
        if interval is not None:
            kind: Literal["face", "hand"] = "face" if key[0] == "face" else "hand"
            times = interval.start_s, interval.end_s, interval.peak_s, interval.peak_score
            self._done.append(Interval(kind, key[1], interval.label, *times))


def to_frame(intervals: Sequence[Interval]) -> pd.DataFrame:
    """A row for each interval, with ``INTERVAL_COLUMNS``."""
    return pd.DataFrame(
        [[getattr(interval, column) for column in INTERVAL_COLUMNS] for interval in intervals],
        columns=list(INTERVAL_COLUMNS),
    )


def seconds_per_label(intervals: Sequence[Interval]) -> pd.DataFrame:
    """Seconds for each track and label: columns kind, track_id, label, seconds; longest first within a track."""
    table = to_frame(intervals)
    table["seconds"] = table["end_s"] - table["start_s"]
    sums = table.groupby(["kind", "track_id", "label"], as_index=False)["seconds"].sum()
    return sums.sort_values(["kind", "track_id", "seconds"], ascending=[True, True, False], ignore_index=True)


def key_moments(intervals: Sequence[Interval], most: int = MOST_MOMENTS) -> tuple[Interval, ...]:
    """The interval with the highest peak for each track and label; the ``most`` highest of them, in order of time.

    Intervals shorter than ``HELD_S`` and ``QUIET_LABELS`` are excluded.
    """
    clearest: dict[tuple[str, int, str], Interval] = {}
    for interval in intervals:
        key = interval.kind, interval.track_id, interval.label
        if interval.label in QUIET_LABELS or interval.seconds < HELD_S:
            continue
        if key not in clearest or interval.peak_score > clearest[key].peak_score:
            clearest[key] = interval
    chosen = sorted(clearest.values(), key=lambda s: -s.peak_score)[:most]
    return tuple(sorted(chosen, key=lambda s: s.peak_s))
