"""Chooses the reply rule, a key of ``catalog.toml``, for a result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from fizzog_core.labels import GESTURES
from fizzog_core.types import FrameResult, HandResult, ItemResult, TrackedResult

UNSURE = "unsure"
NOBODY = "nobody"
_NO_SIGN = "none"

Item = TypeVar("Item", bound=ItemResult)


def image_rule(result: FrameResult) -> str:
    """The rule for a single image.

    The largest face with a sure emotion counts, and the largest hand with a sure gesture other than "none".
    """
    if not result.items:
        return NOBODY
    faces = [face for face in result.faces or () if face.emotion and face.emotion.is_sure]
    signs = [h for h in result.hands or () if h.gesture and h.gesture.is_sure and h.gesture.label != _NO_SIGN]
    emotion = _largest(faces).emotion if faces else None
    gesture = _largest(signs).gesture if signs else None
    return _joined(emotion and emotion.label, gesture and gesture.label) or UNSURE


def stream_rule(tracked: TrackedResult) -> str | None:
    """The rule for one frame of a stream, from the smoothed labels; None if nothing is sure.

    The largest face counts, and the largest hand that shows a gesture other than "none". Custom gestures have no reply.
    """
    face = tracked.largest("face")
    signs = [hand for hand in tracked.result.hands or () if _sign(tracked, hand)]
    sign = _sign(tracked, _largest(signs)) if signs else None
    return _joined(face.label if face else None, sign) or None


def _joined(emotion: str | None, gesture: str | None) -> str:
    return "+".join(label for label in (emotion, gesture) if label)


def _sign(tracked: TrackedResult, hand: HandResult) -> str | None:
    smoothed = tracked.smoothed_of(hand)
    known = smoothed is not None and smoothed.label in GESTURES and smoothed.label != _NO_SIGN
    return smoothed.label if smoothed is not None and known else None


def _largest(items: Iterable[Item]) -> Item:
    return max(items, key=lambda item: item.detection.box.area)
