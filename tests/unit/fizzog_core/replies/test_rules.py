"""The reply rule of an image and of a stream."""

import numpy as np
import pytest

from fizzog_core.replies import rules
from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.tracking.interpreter import Interpreter
from fizzog_core.types import Detection, FaceResult, FrameResult, HandResult, TrackedResult
from tests.support.fakes import make_face, make_hand
from tests.support.results import face, hand


def track(faces: tuple[FaceResult, ...] = (), hands: tuple[HandResult, ...] = (), **more: object) -> TrackedResult:
    return Interpreter().update(FrameResult(640, 480, faces=faces, hands=hands), 0.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("faces", "hands", "rule"),
    [
        ((), (), "nobody"),
        (None, None, "nobody"),
        ((face("happy"),), (), "happy"),
        ((face("happy"),), None, "happy"),
        ((), (hand("victory"),), "victory"),
        ((face("happy"),), (hand("victory"),), "happy+victory"),
        ((face("happy"),), (hand("none"),), "happy"),
        ((), (hand("none"),), "unsure"),
        ((face("happy", score=0.3),), (), "unsure"),
        ((FaceResult(make_face()),), (), "unsure"),
        ((face("happy", score=0.3),), (hand("loser"),), "loser"),
        ((face("sad", side=5), face("fear", side=9)), (), "fear"),
        ((), (hand("none", side=50), hand("punch"), hand("super", side=20, score=0.4)), "punch"),
    ],
)
def test_rule_of_an_image(faces: tuple | None, hands: tuple | None, rule: str) -> None:
    assert rules.image_rule(FrameResult(100, 100, faces, hands)) == rule


@pytest.mark.parametrize(
    ("faces", "hands", "rule"),
    [
        ((), (), None),
        ((face("happy", 0.3),), (), None),
        ((face("happy"),), (), "happy"),
        ((), (hand("victory"),), "victory"),
        ((face("sad"),), (hand("punch"),), "sad+punch"),
        ((face("sad"),), (hand("none"),), "sad"),
        ((face("sad", side=50), face("happy", x=300, side=90)), (), "happy"),
        ((), (hand("none", side=90), hand("loser", x=400, side=40)), "loser"),
        ((face("happy", 0.3),), (hand("super"),), "super"),
    ],
    ids=["nobody", "unsure", "face", "hand", "both", "no sign", "largest face", "a hand with a sign", "sure sign only"],
)
def test_rule_of_a_stream(faces: tuple[FaceResult, ...], hands: tuple[HandResult, ...], rule: str | None) -> None:
    assert rules.stream_rule(track(faces, hands)) == rule


def test_a_custom_gesture_has_no_reply() -> None:
    shown = hand("none")
    custom = CustomGestures().teach("rocket", [shown.detection.landmarks_px] * 5)  # type: ignore[list-item]
    assert rules.stream_rule(track(hands=(shown,), custom=custom)) is None
    other = np.random.default_rng(9).random((21, 3)).astype(np.float32) * 60
    unlike = HandResult(Detection("hand", make_hand().box, 0.9, other, "left"), hand("victory").gesture)
    assert rules.stream_rule(track(hands=(unlike,), custom=custom)) == "victory"
