"""Who showed what from when to when: stretches of steady labels, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from fizzog_core.labels import NOT_SURE
from fizzog_core.types import TrackedResult, TrackKey

MISSED_S = 0.5
"""A face that the detector misses for so long, and that comes back with the same label, was there all the time."""
HELD_S = 0.5
"""A label counts as a moment if it held for so long."""
QUIET_LABELS = frozenset({NOT_SURE, "neutral", "none"})
"""Labels that make no moment."""
MOST_MOMENTS = 12

STRETCH_COLUMNS = ("kind", "track_id", "label", "start_s", "end_s", "peak_s", "peak_score")


@dataclass(frozen=True, slots=True)
class Stretch:
    """One face or hand showed ``label`` from ``start_s`` to ``end_s``, most clearly at ``peak_s``.

    ``peak_score``: the highest smoothed probability of the label in it.
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
    """Collects stretches frame by frame. What a frame shows holds until the next one that is noted."""

    def __init__(self) -> None:
        self._open: dict[TrackKey, _Open] = {}
        self._done: list[Stretch] = []

    def note(self, tracked: TrackedResult, at_s: float) -> None:
        """Take in one frame; ``at_s`` never goes back from call to call."""
        self._pass_to(at_s)
        for key, smoothed in tracked.smoothed.items():
            label = smoothed.label or NOT_SURE
            stretch = self._open.get(key)
            if stretch is None or stretch.label != label:
                self._end(key)
                stretch = self._open[key] = _Open(label, at_s, at_s, True, at_s, smoothed.score)
            stretch.present, stretch.end_s = True, at_s
            if smoothed.score > stretch.peak_score:
                stretch.peak_s, stretch.peak_score = at_s, smoothed.score

    def finish(self, end_s: float) -> tuple[Stretch, ...]:
        """All stretches in order of their start; the last frame held until ``end_s``."""
        self._pass_to(end_s)
        for key in list(self._open):
            self._end(key)
        return tuple(sorted(self._done, key=lambda s: (s.start_s, s.kind, s.track_id)))

    def _pass_to(self, at_s: float) -> None:
        for key, stretch in list(self._open.items()):
            if stretch.present:
                stretch.present, stretch.end_s = False, at_s
            elif at_s - stretch.end_s > MISSED_S:
                self._end(key)

    def _end(self, key: TrackKey) -> None:
        stretch = self._open.pop(key, None)
        if stretch is not None:
            kind: Literal["face", "hand"] = "face" if key[0] == "face" else "hand"
            times = stretch.start_s, stretch.end_s, stretch.peak_s, stretch.peak_score
            self._done.append(Stretch(kind, key[1], stretch.label, *times))


def to_frame(stretches: Sequence[Stretch]) -> pd.DataFrame:
    """A row for each stretch, with ``STRETCH_COLUMNS``."""
    return pd.DataFrame(
        [[getattr(stretch, column) for column in STRETCH_COLUMNS] for stretch in stretches],
        columns=list(STRETCH_COLUMNS),
    )


def seconds_per_label(stretches: Sequence[Stretch]) -> pd.DataFrame:
    """Seconds that each face and hand showed each label: columns kind, track_id, label, seconds; the longest first."""
    table = to_frame(stretches)
    table["seconds"] = table["end_s"] - table["start_s"]
    sums = table.groupby(["kind", "track_id", "label"], as_index=False)["seconds"].sum()
    return sums.sort_values(["kind", "track_id", "seconds"], ascending=[True, True, False], ignore_index=True)


def key_moments(stretches: Sequence[Stretch], most: int = MOST_MOMENTS) -> tuple[Stretch, ...]:
    """Where each face or hand showed a label most clearly, for the ``most`` clearest of them, in order of time.

    Only labels that held for ``HELD_S``, and none of ``QUIET_LABELS``.
    """
    clearest: dict[tuple[str, int, str], Stretch] = {}
    for stretch in stretches:
        key = stretch.kind, stretch.track_id, stretch.label
        if stretch.label in QUIET_LABELS or stretch.seconds < HELD_S:
            continue
        if key not in clearest or stretch.peak_score > clearest[key].peak_score:
            clearest[key] = stretch
    chosen = sorted(clearest.values(), key=lambda s: -s.peak_score)[:most]
    return tuple(sorted(chosen, key=lambda s: s.peak_s))
