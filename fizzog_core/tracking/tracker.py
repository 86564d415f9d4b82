"""Assigns track ids: the same face or hand keeps its id from frame to frame."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from fizzog_core.types import Box, FaceResult, FrameResult, HandResult

REMEMBERED_S = 1.0
REMEMBERED_FRAMES = 2
"""A track ends when it is missed for more seconds and in more frames than these. Frames count too because on a slow
server one frame can take longer than the time."""
REACH = 0.8
"""Largest distance between two frames of a track, in sides of its box."""

Item = TypeVar("Item", FaceResult, HandResult)


@dataclass(slots=True)
class _Track:
    track_id: int
    box: Box
    seen_s: float
    missed: int = 0


class Tracker:
    """Sets ``track_id`` of the faces and hands of one stream. Ids start at 1 and are not reused.

    Pairs with the highest IoU are matched first, then the nearest pairs within ``REACH``. Results contain only the
    detections of their own frame. Not thread-safe.
    """

    def __init__(self) -> None:
        self._faces = _Memory()
        self._hands = _Memory()

    def update(self, result: FrameResult, now_s: float) -> FrameResult:
        """``result`` with track ids. ``now_s`` must not decrease from call to call."""
        faces = self._faces.skip(now_s) if result.faces is None else self._faces.number(result.faces, now_s)
        hands = self._hands.skip(now_s) if result.hands is None else self._hands.number(result.hands, now_s)
        return dataclasses.replace(result, faces=faces, hands=hands)


class _Memory:
    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._numbers = count(1)

    def skip(self, now_s: float) -> None:
        """A frame in which this kind was not detected: missed frames do not count, the time does."""
        self._tracks = [track for track in self._tracks if now_s - track.seen_s <= REMEMBERED_S]

    def number(self, items: Sequence[Item], now_s: float) -> tuple[Item, ...]:
        self._tracks = [
            track for track in self._tracks if now_s - track.seen_s <= REMEMBERED_S or track.missed <= REMEMBERED_FRAMES
        ]
        for track in self._tracks:
            track.missed += 1
        owner = self._matches([item.detection.box for item in items])
        numbered = []
        for index, item in enumerate(items):
            track = owner.get(index)
            if track is None:
                track = _Track(next(self._numbers), item.detection.box, now_s)
                self._tracks.append(track)
            track.box, track.seen_s, track.missed = item.detection.box, now_s, 0
            numbered.append(dataclasses.replace(item, track_id=track.track_id))
        return tuple(numbered)

    def _matches(self, boxes: Sequence[Box]) -> dict[int, _Track]:
        """Index of a box to its track; the best pairs are matched first."""
        pairs = [
            (nearness, index, track)
            for index, box in enumerate(boxes)
            for track in self._tracks
            if (nearness := _nearness(box, track.box)) > 0
        ]
        pairs.sort(key=lambda pair: (-pair[0], pair[2].track_id))
        owner: dict[int, _Track] = {}
        taken: set[int] = set()
        for _, index, track in pairs:
            if index not in owner and track.track_id not in taken:
                owner[index] = track
                taken.add(track.track_id)
        return owner


def _nearness(a: Box, b: Box) -> float:
    """1 to 2 for boxes that overlap, 0 to 1 for boxes within ``REACH``, else 0 or less."""
    overlap = a.iou(b)
    if overlap > 0:
        return 1 + overlap
    (ax, ay), (bx, by) = a.center, b.center
    side = max(a.width, a.height, b.width, b.height)
    return 1 - math.hypot(ax - bx, ay - by) / (REACH * side)
