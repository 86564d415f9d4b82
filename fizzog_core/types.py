"""Data types that the packages exchange.

Units, once for the whole package: a frame is ``(H, W, 3)`` uint8 RGB, origin top-left. Names ending in ``_px`` are
frame pixels (x to the right, y down; the middle of the top-left pixel is (0.5, 0.5)), ``_unit`` are 0..1 across a
crop, ``_s`` and ``_ms`` are times. Scores and probabilities are 0..1, never percent. Left and right are the
subject's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fizzog_core.labels import KEYPOINT_NAMES

Frame = NDArray[np.uint8]
"""An RGB picture, ``(H, W, 3)`` uint8."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in frame pixels; right and bottom lie outside it. It may reach over the frame's border."""

    x1: float
    y1: float
    x2: float
    y2: float

    def __post_init__(self) -> None:
        if not (self.x2 > self.x1 and self.y2 > self.y1):
            raise ValueError(f"a box needs x1 < x2 and y1 < y2, got {(self.x1, self.y1, self.x2, self.y2)}")

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union with another box, 0..1."""
        w = max(0.0, min(self.x2, other.x2) - max(self.x1, other.x1))
        h = max(0.0, min(self.y2, other.y2) - max(self.y1, other.y1))
        return w * h / (self.width * self.height + other.width * other.height - w * h)


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One face or hand, as detected.

    ``landmarks_px``: for a hand ``(21, 3)`` float32, MediaPipe's hand landmarks, z in pixels too (negative is nearer
    than the wrist); for a face ``(6, 2)`` float32: right eye, left eye, nose tip, mouth, right ear, left ear.
    ``handedness``: the subject's own hand, None for a face.
    """

    kind: Literal["face", "hand"]
    box: Box
    score: float
    landmarks_px: NDArray[np.float32] | None = None
    handedness: Literal["left", "right"] | None = None

    def moved(self, scale: tuple[float, float] = (1.0, 1.0), offset_px: tuple[float, float] = (0.0, 0.0)) -> Detection:
        """The same detection with x and y multiplied by ``scale``, then moved by ``offset_px``; z is scaled as x."""
        (x, y), (right, down), box, points = scale, offset_px, self.box, self.landmarks_px
        box = Box(box.x1 * x + right, box.y1 * y + down, box.x2 * x + right, box.y2 * y + down)
        if points is not None:
            size = points.shape[1]
            points = (points * np.array([x, y, x][:size]) + np.array([right, down, 0][:size])).astype(np.float32)
        return replace(self, box=box, landmarks_px=points)


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """A whole distribution over labels: ``probabilities`` float32 in the order of ``labels``, summing to 1.

    ``threshold``: rejection threshold of the network's card: below this top probability the label is "not sure".
    """

    labels: tuple[str, ...]
    probabilities: NDArray[np.float32]
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if self.probabilities.shape != (len(self.labels),):
            raise ValueError(f"expected {len(self.labels)} probabilities, got an array {self.probabilities.shape}")

    @property
    def label(self) -> str:
        return self.labels[int(np.argmax(self.probabilities))]

    @property
    def score(self) -> float:
        return float(np.max(self.probabilities))

    @property
    def is_sure(self) -> bool:
        return self.score >= self.threshold

    def as_dict(self) -> dict[str, float]:
        return {label: float(p) for label, p in zip(self.labels, self.probabilities, strict=True)}

    def restricted_to(self, labels: Sequence[str]) -> Scores:
        """The same distribution over fewer labels, renormalised; uniform if their sum is 0."""
        unknown = [label for label in labels if label not in self.labels]
        if unknown or not labels:
            raise ValueError(f"expected labels out of {self.labels}, got {tuple(labels)}")
        kept = self.probabilities[[self.labels.index(label) for label in labels]].astype(np.float64)
        total = kept.sum()
        kept = kept / total if total > 0 else np.full(len(labels), 1 / len(labels))
        return Scores(tuple(labels), kept.astype(np.float32), self.threshold)


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """The 15 facial keypoints: ``xy_px`` ``(15, 2)`` float32 in the order of ``names``.

    ``presence`` 0..1: mean height of the peaks of the network's heat maps, high if there is a face; None if the network
    does not report it.
    """

    xy_px: NDArray[np.float32]
    names: tuple[str, ...] = KEYPOINT_NAMES
    presence: float | None = None

    def __post_init__(self) -> None:
        if self.xy_px.shape != (len(self.names), 2):
            raise ValueError(f"expected points ({len(self.names)}, 2), got {self.xy_px.shape}")

    @property
    def eye_distance_px(self) -> float:
        """Distance between the two eye centres."""
        left, right = self.names.index("left_eye_center"), self.names.index("right_eye_center")
        return float(np.hypot(*(self.xy_px[left] - self.xy_px[right])))


@dataclass(frozen=True, slots=True, eq=False)
class FaceResult:
    """Result for one face; ``keypoints`` and ``emotion`` are None if that network did not run.

    In a live stream ``emotion`` can be that of the same face up to 0.2 s earlier.
    """

    detection: Detection
    keypoints: Keypoints | None = None
    emotion: Scores | None = None
    track_id: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HandResult:
    """Result for one hand; ``gesture`` is None if that network did not run."""

    detection: Detection
    gesture: Scores | None = None
    track_id: int | None = None

    @property
    def handedness(self) -> Literal["left", "right"] | None:
        return self.detection.handedness


ItemResult = FaceResult | HandResult
"""One face or one hand."""

TrackKey = tuple[str, int]
"""``(kind, track_id)``: faces and hands are numbered apart."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """One frame's faces and hands, each from left to right; ``()``: none found, None: not searched."""

    width: int
    height: int
    faces: tuple[FaceResult, ...] | None = ()
    hands: tuple[HandResult, ...] | None = ()
    stage_ms: dict[str, float] = field(default_factory=dict)

    @property
    def items(self) -> tuple[ItemResult, ...]:
        """All faces, then all hands."""
        return (*(self.faces or ()), *(self.hands or ()))

    def with_emotions(self, labels: Sequence[str]) -> FrameResult:
        """The same result with every face's emotion restricted to ``labels``, see ``Scores.restricted_to``."""
        if self.faces is None:
            return self
        faces = (replace(f, emotion=f.emotion and f.emotion.restricted_to(labels)) for f in self.faces)
        return replace(self, faces=tuple(faces))


@dataclass(frozen=True, slots=True, eq=False)
class SmoothedLabel:
    """The label of one track, averaged over time.

    ``scores``: the averaged distribution. ``label``: the held label, None for "not sure". ``since_s``: the time at
    which ``label`` last changed.
    """

    scores: Scores
    label: str | None
    since_s: float

    @property
    def score(self) -> float:
        """Averaged probability of the held label; of the best label if none is held."""
        if self.label is None:
            return self.scores.score
        return float(self.scores.probabilities[self.scores.labels.index(self.label)])


@dataclass(frozen=True, slots=True, eq=False)
class TrackedResult:
    """One frame of a stream: ``result`` has the frame's own probabilities and track ids, ``smoothed`` the averages.

    ``unadjusted``: what ``smoothed`` would be of the faces that are read against their resting faces; empty if none is.
    """

    result: FrameResult
    smoothed: Mapping[TrackKey, SmoothedLabel] = field(default_factory=dict)
    unadjusted: Mapping[TrackKey, SmoothedLabel] = field(default_factory=dict)

    def smoothed_of(self, item: ItemResult) -> SmoothedLabel | None:
        """The smoothed label of a face or hand; None if its network did not run."""
        return self.smoothed.get((item.detection.kind, item.track_id or 0))

    def largest(self, kind: Literal["face", "hand"], adjusted: bool = True) -> SmoothedLabel | None:
        """The smoothed label of the largest face or hand; if not ``adjusted``, the one in ``unadjusted``."""
        items = [item for item in self.result.items if item.detection.kind == kind]
        if not items:
            return None
        item = max(items, key=lambda item: item.detection.box.area)
        return self.smoothed_of(item) if adjusted else self.unadjusted.get((kind, item.track_id or 0))
