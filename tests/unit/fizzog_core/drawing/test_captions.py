"""The captions at faces and hands: from one frame, and smoothed."""

from dataclasses import replace

import pytest

from fizzog_core.drawing import palette
from fizzog_core.drawing.captions import caption, smoothed_caption
from fizzog_core.types import FaceResult, HandResult, ItemResult, SmoothedLabel
from tests.support.fakes import make_face, make_hand
from tests.support.results import face, hand

NUMBERED = replace(face("happy"), track_id=4)
RIGHT_HAND = replace(hand("victory"), track_id=1)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (FaceResult(make_face()), ("", palette.UNSURE)),
        (face("happy", 0.93), ("happy 93%", palette.EMOTION_COLORS["happy"])),
        (face("happy", 0.3), ("not sure", palette.UNSURE)),
        (NUMBERED, ("#4 happy 90%", palette.EMOTION_COLORS["happy"])),
        (FaceResult(make_face(), track_id=4), ("#4", palette.UNSURE)),
        (HandResult(make_hand()), ("right hand", palette.UNSURE)),
        (HandResult(replace(make_hand(), handedness=None)), ("hand", palette.UNSURE)),
        (hand("victory", 0.8), ("victory 80%, right hand", palette.GESTURE_COLORS["victory"])),
    ],
)
def test_caption_of_a_frame(item: ItemResult, expected: tuple[str, str]) -> None:
    assert caption(item) == expected


@pytest.mark.parametrize(
    ("item", "label", "expected"),
    [
        (NUMBERED, "sad", ("#4 sad 2%", palette.EMOTION_COLORS["sad"])),
        (NUMBERED, None, ("#4 not sure", palette.UNSURE)),
        (RIGHT_HAND, "victory", ("#1 victory 90%, right hand", palette.GESTURE_COLORS["victory"])),
    ],
)
def test_smoothed_caption(item: ItemResult, label: str | None, expected: tuple[str, str]) -> None:
    scores = item.emotion if isinstance(item, FaceResult) else item.gesture
    assert scores is not None
    assert smoothed_caption(item, SmoothedLabel(scores, label, 0.0)) == expected


def test_smoothed_caption_without_a_label() -> None:
    assert smoothed_caption(NUMBERED, None) == ("#4", palette.UNSURE)


def test_every_custom_gesture_has_the_colour_that_no_label_has() -> None:
    assert palette.CUSTOM_COLOR not in {*palette.LABEL_COLORS.values(), palette.UNSURE}
    shown = hand("none")
    assert shown.gesture is not None
    scores = replace(shown.gesture, labels=("rocket", *shown.gesture.labels[1:]))
    assert smoothed_caption(shown, SmoothedLabel(scores, "rocket", 0.0)).color == palette.CUSTOM_COLOR
