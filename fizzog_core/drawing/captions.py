"""The text that is written at a face or hand, and its colour."""

from __future__ import annotations

from typing import NamedTuple

from fizzog_core.drawing import palette
from fizzog_core.labels import NOT_SURE
from fizzog_core.types import FaceResult, HandResult, ItemResult, Scores, SmoothedLabel


class Caption(NamedTuple):
    """``text`` may be empty; ``color`` is ``"#RRGGBB"``."""

    text: str
    color: str


def caption(item: ItemResult) -> Caption:
    """The caption from the frame's own probabilities."""
    scores = item.emotion if isinstance(item, FaceResult) else item.gesture
    return _with_names(item, _answer(scores))


def smoothed_caption(item: ItemResult, smoothed: SmoothedLabel | None) -> Caption:
    """The caption from the label smoothed over time; None if the item's network did not run."""
    label, score = (smoothed.label, smoothed.score) if smoothed else ("", 0.0)
    return _with_names(item, _labelled(label, score))


def _answer(scores: Scores | None) -> Caption:
    if scores is None:
        return _labelled("", 0.0)
    return _labelled(scores.label if scores.is_sure else None, scores.score)


def _labelled(label: str | None, score: float) -> Caption:
    """``label``: None for "not sure", empty where no network ran."""
    if label is None:
        return Caption(NOT_SURE, palette.UNSURE)
    return Caption(f"{label} {score:.0%}", palette.label_color(label)) if label else Caption("", palette.UNSURE)


def _with_names(item: ItemResult, answer: Caption) -> Caption:
    """``answer`` with the side of a hand after it and the track id before it."""
    text = answer.text
    if isinstance(item, HandResult):
        side = f"{item.handedness} hand" if item.handedness else "hand"
        text = f"{text}, {side}" if text else side
    if item.track_id is not None:
        text = f"#{item.track_id} {text}".rstrip()
    return Caption(text, answer.color)
