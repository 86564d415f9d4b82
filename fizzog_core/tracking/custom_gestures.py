"""Custom gestures: a visitor shows a hand shape a few times, names it, and it is recognised from then on.

The nearest taught frame decides. Left and right hand count as the same shape. The features and the threshold were
chosen on the training and validation signers; figures on other signers: docs/benchmarks.md.
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
"""A hand farther than this from every taught frame is no taught gesture. At this distance 2 % of the other letters
of the training and validation signers were taken for a taught one."""
LEAST_FRAMES = 3
MOST_FRAMES = 16
"""Frames kept of one gesture, evenly spaced in time: those of a hand that is held still are much alike."""
MOST_GESTURES = 20
LONGEST_NAME = 30
STRAY_DISTANCE = 3 * THRESHOLD
"""A frame farther than this from the middle one of a gesture shows another shape: the hand was still moving."""
LEAST_SHARE = 0.5
"""At least this share of the frames must show the same shape."""
_POINT_WEIGHT = 0.5
"""Weight of the points' places against the distances between them."""
_FIRST, _SECOND = np.triu_indices(21, 1)


@dataclass(frozen=True, slots=True, eq=False)
class TaughtGesture:
    """A name and the frames it was taught from: ``landmarks`` ``(K, 21, 3)`` float32, middle at 0, size 1."""

    name: str
    landmarks: NDArray[np.float32]
    features: NDArray[np.float32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "features", _features(self.landmarks))


@dataclass(frozen=True, slots=True)
class Match:
    """The answer for one hand. ``name``: the taught gesture, None if the hand shows none of them. ``nearest``: the
    most similar one in any case, at ``distance`` (0 the same; None and infinity if nothing has been taught)."""

    name: str | None
    nearest: str | None
    distance: float


@dataclass(frozen=True, slots=True, eq=False)
class CustomGestures:
    """The gestures that a visitor has taught. Teaching and forgetting give a new value."""

    gestures: tuple[TaughtGesture, ...] = ()
    threshold: float = THRESHOLD

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(gesture.name for gesture in self.gestures)

    def teach(self, name: str, landmarks: Sequence[NDArray[np.floating]]) -> CustomGestures:
        """These gestures and one more, or one taught anew if the name is known.

        ``landmarks``: one ``(21, 3)`` array of pixels a frame, in order of time, of the same hand. Frames in which
        the hand was still moving are left out. Raises TeachError if the name cannot be used, there are too few
        frames, the hand did not keep still, or too many gestures are known.
        """
        name = _checked_name(name)
        others = tuple(gesture for gesture in self.gestures if gesture.name != name)
        if len(others) >= MOST_GESTURES:
            raise TeachError(f"At most {MOST_GESTURES} gestures can be taught. Forget one before you teach {name!r}.")
        if len(landmarks) < LEAST_FRAMES:
            raise TeachError(
                f"At least {LEAST_FRAMES} frames with a hand are needed, {len(landmarks)} came. "
                "Hold the hand in front of the camera, fingers in view, and try again."
            )
        frames = _held_still(_normalised(np.stack(landmarks)))
        kept = np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).round().astype(int)
        return replace(self, gestures=(*others, TaughtGesture(name, frames[kept])))

    def forget(self, name: str) -> CustomGestures:
        """These gestures without that name."""
        return replace(self, gestures=tuple(gesture for gesture in self.gestures if gesture.name != name))

    def recognise(self, landmarks: NDArray[np.floating]) -> Match:
        """The taught gesture that a hand ``(21, 3)`` in pixels, left or right, shows; see Match."""
        hand = _normalised(landmarks[None])
        both = _features(np.concatenate([hand, _mirrored(hand)]))
        nearest, distance = None, float("inf")
        for gesture in self.gestures:
            found = float(_distances(both, gesture.features).min())
            if found < distance:
                nearest, distance = gesture.name, found
        return Match(nearest if distance <= self.threshold else None, nearest, distance)

    def to_json(self) -> bytes:
        """A small file that ``from_json`` reads: names and landmarks, no picture."""
        gestures = [
            _StoredGesture(name=gesture.name, landmarks=gesture.landmarks.astype(float).round(4).tolist())
            for gesture in self.gestures
        ]
        return _StoredFile(gestures=gestures).model_dump_json(by_alias=True).encode()

    @classmethod
    def from_json(cls, content: bytes) -> CustomGestures:
        """The gestures of a file that ``to_json`` wrote. Raises TeachError if it is anything else."""
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
    """Hands ``(K, 21, 3)`` with their middle at 0 and a root mean square distance of 1 from it, float32.

    Raises ValueError for another shape, TeachError for points that are no numbers or all in one place.
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
    """Normalised hands ``(K, 21, 3)`` to ``(K, 252)``: where the points lie in the picture, and all distances.

    Scaled so that the Euclidean distance of two rows is a mean over the points and distances.
    """
    places = hands[:, :, :2].reshape(len(hands), -1) * (_POINT_WEIGHT / np.sqrt(21))
    distances = np.linalg.norm(hands[:, _FIRST] - hands[:, _SECOND], axis=2) / np.sqrt(len(_FIRST))
    return np.concatenate([places, distances], axis=1).astype(np.float32)


def _distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.linalg.norm(first[:, None] - second[None], axis=2)


def _held_still(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Those of the normalised frames ``(K, 21, 3)`` that show one shape. Raises TeachError if too few do."""
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
