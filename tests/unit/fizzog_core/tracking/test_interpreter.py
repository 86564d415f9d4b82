"""From raw results to what is told: steady labels, the visitor's own left and right, taught gestures."""

import numpy as np
import pytest

from fizzog_core.drawing import palette
from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.tracking.interpreter import TAUGHT_COLOR, Interpreter, Seen, mirrored
from fizzog_core.types import (
    KEYPOINT_NAMES,
    Detection,
    FaceResult,
    FrameResult,
    HandResult,
)
from tests.support.fakes import make_face, make_hand
from tests.support.results import face, hand


def read(faces: tuple[FaceResult, ...] = (), hands: tuple[HandResult, ...] = (), **more: object) -> Seen:
    return Interpreter().read(FrameResult(640, 480, faces=faces, hands=hands), 0.0, **more)  # type: ignore[arg-type]


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
def test_rule(faces: tuple[FaceResult, ...], hands: tuple[HandResult, ...], rule: str | None) -> None:
    assert read(faces, hands).rule() == rule


@pytest.mark.parametrize(
    ("seen", "text", "color"),
    [
        (read((face("happy"),)), "#1 happy 90%", palette.LABEL_COLORS["happy"]),
        (read((face("happy", 0.3),)), "#1 not sure", palette.UNSURE),
        (read(hands=(hand("victory"),)), "#1 victory 90%, right hand", palette.LABEL_COLORS["victory"]),
        (read((FaceResult(make_face()),)), "#1", palette.UNSURE),
    ],
)
def test_label(seen: Seen, text: str, color: str) -> None:
    assert seen.label(seen.things[0]) == (text, color)


def test_the_raw_probabilities_stay_in_the_result() -> None:
    interpreter = Interpreter()
    for n in range(30):
        interpreter.read(FrameResult(640, 480, faces=(face("happy"),)), n / 30)
    seen = interpreter.read(FrameResult(640, 480, faces=(face("sad"),)), 1.0)
    [one] = seen.result.faces or ()
    assert one.emotion is not None
    assert one.emotion.label == "sad"
    assert seen.steady["face", 1].label == "happy"


@pytest.mark.parametrize(("vocabulary", "count"), [(7, 7), (6, 6), (5, 5)])
def test_vocabulary(vocabulary: int, count: int) -> None:
    seen = read((face(),), vocabulary=vocabulary)
    assert len(seen.steady["face", 1].scores.labels) == count


def test_rows_have_the_frames_own_label_and_the_steady_one() -> None:
    assert read().rows("live", 0, 0.0) == []
    seen = read((face("happy"),), (hand("victory"),))
    first, second = seen.rows("live", 7, 3.5)
    assert (first["source"], first["frame"], first["time_s"]) == ("live", 7, 3.5)
    assert (first["kind"], first["label"], first["steady_label"]) == ("face", "happy", "happy")
    assert (second["kind"], second["steady_label"], second["handedness"]) == ("hand", "victory", "right")


def test_a_taught_gesture_is_recognised_and_says_no_sentence() -> None:
    shown = hand("none")
    custom = CustomGestures().teach("rocket", [shown.detection.landmarks_px] * 5)  # type: ignore[list-item]
    seen = read(hands=(shown,), custom=custom)
    assert seen.label(seen.things[0]) == ("#1 rocket 100%, right hand", TAUGHT_COLOR)
    assert seen.rule() is None
    other = np.random.default_rng(9).random((21, 3)).astype(np.float32) * 60
    unlike = HandResult(Detection("hand", make_hand().box, 0.9, other, "left"), hand("victory").gesture)
    assert read(hands=(unlike,), custom=custom).rule() == "victory"


def test_a_mirror_moves_places_and_keeps_left_and_right() -> None:
    left = Detection("hand", make_hand(10).box, 0.9, make_hand(10).landmarks_px, "left")
    raw = FrameResult(640, 480, faces=(face(x=100, side=80), face(x=400, side=80)), hands=(HandResult(left),))
    mirror = mirrored(raw)
    assert [f.detection.box.x1 for f in mirror.faces or ()] == [160, 460]
    [one] = mirror.hands or ()
    assert one.handedness == "left"
    assert (one.detection.box.x1, one.detection.box.x2) == (570, 630)
    first = (mirror.faces or ())[1]
    assert first.keypoints is not None
    assert first.keypoints.names == KEYPOINT_NAMES
    assert first.keypoints.xy_px[0, 0] == pytest.approx(540)
    again = mirrored(mirror)
    np.testing.assert_allclose((again.faces or ())[0].keypoints.xy_px, raw.faces[0].keypoints.xy_px, atol=1e-3)  # type: ignore


@pytest.mark.parametrize("part", ["faces", "hands"])
def test_what_was_not_looked_for_stays_none(part: str) -> None:
    raw = FrameResult(640, 480, **{part: None})  # type: ignore[arg-type]
    assert getattr(mirrored(raw), part) is None
    assert getattr(Interpreter().read(raw, 0.0).result, part) is None
