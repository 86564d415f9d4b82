"""Custom gestures: a nearest-neighbour classifier of hand landmarks that a user teaches with a few frames.

Left and right hands count as the same shape. Features and threshold were chosen on the training and validation signers;
results on other signers: docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import numpy as np
import pydantic
from numpy.typing import NDArray

from fizzog_core.errors import TeachError
from fizzog_core.labels import GESTURES

THRESHOLD = 0.222
"""Largest distance to a taught frame of the same gesture. At this distance, 2 % of the other letters of the training
and validation signers were falsely accepted."""
LEAST_FRAMES = 3
MOST_FRAMES = 16
"""Frames stored of one gesture, evenly spaced in time: consecutive frames of a still hand are nearly equal."""
MOST_GESTURES = 20
LONGEST_NAME = 30
STRAY_DISTANCE = 3 * THRESHOLD
"""Largest distance to the median frame of a gesture; frames beyond it show a hand that was still moving."""
LEAST_SHARE = 0.5
"""Smallest share of the frames that must be within ``STRAY_DISTANCE``."""
_POINT_WEIGHT = 0.5
"""Weight of the point coordinates relative to the distances between points."""
_FIRST, _SECOND = np.triu_indices(21, 1)


@dataclass(frozen=True, slots=True, eq=False)
class TaughtGesture:
    """A name and its frames: ``landmarks`` ``(K, 21, 3)`` float32, centred at 0, with size 1."""

    name: str
    landmarks: NDArray[np.float32]
    features: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", _features(self.landmarks))


@dataclass(frozen=True, slots=True)
class Match:
    """The prediction for one hand. ``name``: the taught gesture, None above the threshold. ``nearest``: the closest
    gesture, at ``distance`` (0 is equal). Without taught gestures they are None and infinity."""

    name: str | None
    nearest: str | None
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class CustomGestures:
    """The gestures that a user has taught. Immutable: ``teach`` and ``forget`` return a new value."""

    gestures: tuple[TaughtGesture, ...] = ()
    threshold: float = THRESHOLD

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(gesture.name for gesture in self.gestures)

    def teach(self, name: str, landmarks: Sequence[NDArray[np.floating]]) -> CustomGestures:
        """These gestures with ``name`` added or replaced.

        ``landmarks``: one ``(21, 3)`` array of pixels for each frame, in order of time, of the same hand. Frames in
        which the hand was still moving are dropped. Raises TeachError if the name is not valid, there are too few
        frames, the hand did not keep still, or ``MOST_GESTURES`` are stored.
        """
        name = _checked_name(name)
        others = tuple(gesture for gesture in self.gestures if gesture.name != name)
        if len(others) >= MOST_GESTURES:
            raise TeachError(f"At most {MOST_GESTURES} gestures can be taught. Forget one before you teach {name!r}.")
        if len(landmarks) < LEAST_FRAMES:
            raise TeachError(
                f"At least {LEAST_FRAMES} frames with a hand are needed, got {len(landmarks)}. "
                "Hold the hand in front of the camera, fingers in view, and try again."
            )
        frames = _held_still(_normalised(np.stack(landmarks)))
        kept = np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).round().astype(int)
        return replace(self, gestures=(*others, TaughtGesture(name, frames[kept])))

    def forget(self, name: str) -> CustomGestures:
        """These gestures without that name."""
        return replace(self, gestures=tuple(gesture for gesture in self.gestures if gesture.name != name))

    def recognise(self, landmarks: NDArray[np.floating]) -> Match:
        """The nearest taught gesture to a left or right hand ``(21, 3)`` in pixels."""
        hand = _normalised(landmarks[None])
        both = _features(np.concatenate([hand, _mirrored(hand)]))
        nearest, distance = None, float("inf")
        for gesture in self.gestures:
            found = float(_distances(both, gesture.features).min())
            if found < distance:
                nearest, distance = gesture.name, found
        return Match(nearest if distance <= self.threshold else None, nearest, distance)

    def to_json(self) -> bytes:
        """Names and landmarks as JSON, for ``from_json``; no pictures."""
        gestures = [
            _StoredGesture(name=gesture.name, landmarks=gesture.landmarks.astype(float).round(4).tolist())
            for gesture in self.gestures
        ]
        return _StoredFile(gestures=gestures).model_dump_json(by_alias=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> CustomGestures:
        """The gestures of a file that ``to_json`` wrote. Raises TeachError for other content."""
        try:
            stored = _StoredFile.model_validate_json(content)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise TeachError(
                f"This is no file of taught gestures: {where}: {first['msg']}. Choose one that was saved on this page."
            ) from None
        names = [_checked_name(gesture.name) for gesture in stored.gestures]
        if len(set(names)) < len(names):
            raise TeachError(f"Each gesture needs a name of its own, the file has {', '.join(names)}. Save it again.")
        frames = [_normalised(np.array(gesture.landmarks, dtype=np.float32)) for gesture in stored.gestures]
        return cls(tuple(map(TaughtGesture, names, frames)))


_Number = Annotated[float, pydantic.Field(ge=-100, le=100)]
_Point = Annotated[list[_Number], pydantic.Field(min_length=3, max_length=3)]
_Hand = Annotated[list[_Point], pydantic.Field(min_length=21, max_length=21)]


class _StoredGesture(pydantic.BaseModel):
    name: str
    landmarks: list[_Hand] = pydantic.Field(min_length=1, max_length=MOST_FRAMES)


class _StoredFile(pydantic.BaseModel):
    format: Literal["fizzog taught gestures"] = "fizzog taught gestures"
    version: Literal[1] = pydantic.Field(default=1, alias="schema")
    gestures: list[_StoredGesture] = pydantic.Field(max_length=MOST_GESTURES)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise TeachError(f"A gesture's name has 1 to {LONGEST_NAME} letters, got {name[:60]!r}. Choose another name.")
    if name in GESTURES:
        raise TeachError(f"The name {name!r} belongs to a gesture that is known already. Choose another name.")
    return name


def _normalised(landmarks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Hands ``(K, 21, 3)`` centred at 0, with a root mean square distance of 1 from it, float32.

    Raises ValueError for another shape, TeachError for points that are not finite or all equal.
    """
    if landmarks.shape[1:] != (21, 3):
        raise ValueError(f"hand landmarks are (21, 3), got {landmarks.shape[1:]}")
    points = landmarks.astype(np.float64) - landmarks.mean(axis=1, keepdims=True, dtype=np.float64)
    size = np.sqrt((points**2).sum(axis=(1, 2), keepdims=True) / 21)
    if not (size > 1e-6).all():  # false for NaN too
        raise TeachError("A hand has 21 points in different places; these are none. Show the hand again.")
    return (points / size).astype(np.float32)


def _mirrored(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    return landmarks * np.array([-1, 1, 1], dtype=np.float32)


def _features(hands: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normalised hands ``(K, 21, 3)`` to ``(K, 252)``: x and y of all points, and all distances between points.

    Scaled so that the Euclidean distance of two rows is a root mean square over points and distances.
    """
    coordinates = hands[:, :, :2].reshape(len(hands), -1) * (_POINT_WEIGHT / np.sqrt(21))
    distances = np.linalg.norm(hands[:, _FIRST] - hands[:, _SECOND], axis=2) / np.sqrt(len(_FIRST))
    return np.concatenate([coordinates, distances], axis=1).astype(np.float32)


def _distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.linalg.norm(first[:, None] - second[None], axis=2)


def _held_still(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """The normalised frames ``(K, 21, 3)`` near the median frame. Raises TeachError if there are too few."""
    features = _features(frames)
    apart = _distances(features, features)
    middle = int(np.median(apart, axis=1).argmin())
    kept = apart[middle] <= STRAY_DISTANCE
    if kept.mean() < LEAST_SHARE:
        raise TeachError(
            f"The hand changed its shape: only {int(kept.sum())} of {len(frames)} frames are alike. "
            "Hold one shape still and try again."
        )
    return frames[kept]
