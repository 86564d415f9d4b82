"""The gates of the hand landmark network, on finds that are made up."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.accuracy import hand_gates
from fizzog_core import settings
from fizzog_core.labels import GESTURES
from fizzog_core.networks import model_card
from fizzog_core.types import Box, Detection, Frame
from tests.support import hand_folders, tiny_data
from training.data.people import FALSE, REAL, UNCHECKED, Find, People, PeoplePicture
from training.data.sets import NONE, GestureData


def detection(box: Box) -> Detection:
    return Detection("hand", box, 1.0, np.zeros((21, 3), np.float32), "left")


class Fixed:
    """Finds the same boxes in each picture."""

    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        return tuple(map(detection, self.boxes))


def picture(kind: str, *finds: Find) -> PeoplePicture:
    return PeoplePicture("name", np.zeros((9, 9, 3), np.uint8), kind, "tiny", "test", (), finds)


HERE, ELSEWHERE = Box(10, 10, 50, 50), Box(200, 10, 240, 50)


@pytest.mark.parametrize(
    ("kind", "flag", "box", "false"),
    [
        ("negative", None, HERE, True),
        ("people", None, HERE, False),
        ("hands", None, HERE, True),
        ("hands", UNCHECKED, HERE, False),
        ("hands", UNCHECKED, ELSEWHERE, True),
        ("people", FALSE, HERE, True),
        ("people", FALSE, ELSEWHERE, False),
        ("negative", REAL, HERE, False),
    ],
)
def test_which_finds_are_false(kind: str, flag: int | None, box: Box, false: bool) -> None:
    points = hand_folders.landmarks()
    finds = () if flag is None else (Find(HERE, points, True, flag, "left"),)
    assert hand_gates.is_false(detection(box), picture(kind, *finds)) is false


@pytest.mark.parametrize(("boxes", "share", "false"), [((), 0.0, 0), ((Box(45, 45, 80, 95),), 1.0, 0),
                                                       ((Box(45, 45, 80, 95), ELSEWHERE), 1.0, 1)])  # fmt: skip
def test_hands_of_the_test_pictures(tmp_path: Path, boxes: tuple[Box, ...], share: float, false: int) -> None:
    gates = dict(hand_gates.people_gates(Fixed(*boxes), People(hand_folders.people(tmp_path)), every=1))
    assert gates == {"people_hands": 1, "people_hands_found": share, "people_false_hands": false}


def test_handedness_counts_hands_that_both_have() -> None:
    seen = tiny_data.gesture_data()
    known = np.arange(len(seen.found)) % 2 == 0
    expected = seen.handedness.copy()
    assert hand_gates.same_handedness(seen, expected, known) == 1
    wrong = np.flatnonzero(seen.found & known)[:2]
    expected[wrong] = "Right"
    expected[~known | ~seen.found] = "Right"
    assert hand_gates.same_handedness(seen, expected, known) == pytest.approx(1 - 2 / (seen.found & known).sum())


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("as_is_balanced_accuracy", 0.98499, {"least": 0.985, "held": False}),
        ("as_is_balanced_accuracy", 0.985, {"least": 0.985, "held": True}),
        ("as_is_other_hands_taken_for_a_sign", 0.02, {"most": 0.01, "held": False}),
        ("people_hands", 12, {}),
    ],
)
def test_a_line_says_whether_the_gate_holds(
    name: str, value: float, line: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    hand_gates.report(name, value)
    assert json.loads(capsys.readouterr().out) == {"gate": name, "value": round(value, 4)} | line


class Remembering:
    """Is right about the hands of ``seen``, and calls all other hands "none"."""

    def __init__(self, seen: GestureData) -> None:
        self.card = model_card.load(settings.get().models / "gesture")
        self.row_shape, self.outputs, self.seen = (21, 3), len(GESTURES), seen

    def predict(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        known = np.array_equal(batch, self.seen.landmarks_px[self.seen.found])
        named = self.seen.gesture[self.seen.found] if known else np.full(len(batch), NONE)
        return np.eye(len(GESTURES), dtype=np.float32)[named]


def test_the_gates_of_the_gesture_pictures_come_from_all_views() -> None:
    test = tiny_data.gesture_data(30)
    mirrored = replace(test, landmarks_px=test.landmarks_px * (-1, 1, 1))
    views = dict.fromkeys(hand_gates.VIEWS, test) | {hand_gates.MIRRORED: mirrored}
    gates = dict(hand_gates.gesture_gates(views, Remembering(test), test))
    missed = [1 - test.found[test.gesture == k].mean() for k in range(5)]
    assert gates["as_is_balanced_accuracy"] == pytest.approx(1 - np.mean(missed))
    assert gates["mirrored_balanced_accuracy"] == pytest.approx((1 - missed[NONE]) / 5)
    assert gates["as_is_other_hands_taken_for_a_sign"] == 0
    assert gates["handedness_accuracy"] == 1
    assert gates["mirrored_handedness_accuracy"] == 0


def test_the_time_of_a_call_is_its_processor_time() -> None:
    def busy(frame: Frame, square: object) -> None:
        end = time.thread_time() + 0.002
        while time.thread_time() < end:
            pass

    assert 2 <= hand_gates.call_ms(busy, calls=5) < 4
    assert hand_gates.call_ms(lambda frame, square: time.sleep(0.005), calls=5) < 2
