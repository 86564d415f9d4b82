"""Raw results to tracked and smoothed ones: vocabulary, custom gestures."""

import pytest

from fizzog_core.tracking.custom_gestures import CustomGestures
from fizzog_core.tracking.interpreter import Interpreter
from fizzog_core.types import FaceResult, FrameResult, HandResult, TrackedResult
from tests.support.results import face, hand


def track(faces: tuple[FaceResult, ...] = (), hands: tuple[HandResult, ...] = (), **more: object) -> TrackedResult:
    return Interpreter().update(FrameResult(640, 480, faces=faces, hands=hands), 0.0, **more)  # type: ignore[arg-type]


def test_the_raw_probabilities_stay_in_the_result() -> None:
    interpreter = Interpreter()
    for n in range(30):
        interpreter.update(FrameResult(640, 480, faces=(face("happy"),)), n / 30)
    tracked = interpreter.update(FrameResult(640, 480, faces=(face("sad"),)), 1.0)
    assert tracked.result.faces
    [one] = tracked.result.faces
    assert one.emotion is not None
    assert one.emotion.label == "sad"
    assert tracked.smoothed["face", 1].label == "happy"


@pytest.mark.parametrize(("vocabulary", "count"), [(7, 7), (6, 6), (5, 5)])
def test_vocabulary(vocabulary: int, count: int) -> None:
    tracked = track((face(),), vocabulary=vocabulary)
    assert len(tracked.smoothed["face", 1].scores.labels) == count


def test_a_recognised_custom_gesture_has_probability_1() -> None:
    shown = hand("none")
    custom = CustomGestures().teach("rocket", [shown.detection.landmarks_px] * 5)  # type: ignore[list-item]
    held = track(hands=(shown,), custom=custom).smoothed["hand", 1]
    assert (held.label, held.score) == ("rocket", 1.0)


@pytest.mark.parametrize("part", ["faces", "hands"])
def test_a_part_that_was_not_analysed_stays_none(part: str) -> None:
    raw = FrameResult(640, 480, **{part: None})  # type: ignore[arg-type]
    assert getattr(Interpreter().update(raw, 0.0).result, part) is None
