from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest

from fizzog_core import settings
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.types import Box, Detection, Frame, FrameResult, Keypoints
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector
from fizzog_core.vision.face_follower import LEAST_PRESENCE, FaceFollower
from tests.support.fakes import FakeDetector, make_face

SHAPE = (480, 640, 3)
BLACK = np.zeros(SHAPE, np.uint8)
PRESENT = 2 * LEAST_PRESENCE


class Counting(Detector):
    """A detector of a live stream that counts the frames on which it searches faces."""

    def __init__(self) -> None:
        super().__init__("live")
        self.looks = 0

    def __enter__(self) -> Counting:
        return self

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        self.looks += 1
        return super().find_faces(frame)


class Stream:
    """A live stream of ``per_s`` frames a second."""

    def __init__(self, networks: Networks, detector: Counting, per_s: float) -> None:
        self.detector = detector
        self._analyzer = Analyzer(detector, networks)
        self._step_s, self._next_s = 1 / per_s, 100.0

    def show(self, frame: Frame) -> tuple[list[Box], int]:
        """The boxes of the faces in the stream's next frame, and how often the detector ran on it."""
        before = self.detector.looks
        result = self._analyzer.analyze(frame, hands=False, time_s=self._next_s)
        self._next_s += self._step_s
        return [face.detection.box for face in result.faces or ()], self.detector.looks - before


@pytest.fixture(scope="module")
def networks() -> Networks:
    return loading.load_all(settings.ROOT / "models")


@pytest.fixture
def stream(networks: Networks) -> Iterator[Stream]:
    with Counting() as detector:
        yield Stream(networks, detector, 30)


@pytest.fixture
def person(astronaut: Frame) -> Frame:
    """A picture ``(240, 200, 3)`` of a face whose box begins near (70, 65)."""
    return astronaut[0:240, 100:300]


def scene(*placed: tuple[Frame, int, int]) -> Frame:
    """A frame with pictures on grey, each with its upper left corner at x, y; what lies outside is cut off."""
    frame = np.full(SHAPE, 128, np.uint8)
    for picture, x, y in placed:
        left, top, width, height = max(0, x), max(0, y), min(picture.shape[1] + x, 640), min(picture.shape[0] + y, 480)
        frame[top:height, left:width] = picture[top - y : height - y, left - x : width - x]
    return frame


def test_the_detector_runs_in_every_fourth_frame(stream: Stream, person: Frame) -> None:
    seen = [stream.show(scene((person, 100 + 3 * i, 100 + 2 * i))) for i in range(13)]
    assert [looks for _, looks in seen] == [1, 0, 0, 0] * 3 + [1]
    for index, (boxes, _) in enumerate(seen):
        (box,) = boxes
        expected = Box(170 + 3 * index, 165 + 2 * index, 280 + 3 * index, 275 + 2 * index)
        assert box.iou(expected) > 0.75


def test_a_turned_and_nearer_face_keeps_a_box_like_the_detectors(stream: Stream, person: Frame) -> None:
    for step in range(4):
        matrix = cv2.getRotationMatrix2D((320, 240), 4 * step, 1 + 0.04 * step)
        frame = cv2.warpAffine(scene((person, 220, 120)), matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE)
        boxes, looks = stream.show(np.asarray(frame, np.uint8))
        assert looks == (step == 0)
    (detected,) = stream.detector.find_faces(np.asarray(frame, np.uint8))
    assert boxes[0].iou(detected.box) > 0.8


@pytest.mark.parametrize("empty", [BLACK, np.full(SHAPE, 128, np.uint8)])
def test_an_empty_stream_is_searched_in_each_frame(stream: Stream, empty: Frame) -> None:
    assert [stream.show(empty) for _ in range(5)] == [([], 1)] * 5


@pytest.mark.parametrize("per_s", [30, 15, 8, 4, 1])
def test_a_new_face_is_found_within_a_fifth_of_a_second(networks: Networks, person: Frame, per_s: float) -> None:
    one, two = scene((person, 20, 100)), scene((person, 20, 100), (person, 380, 120))
    for shown_before in range(1, 5):
        with Counting() as detector:
            stream = Stream(networks, detector, per_s)
            assert [len(stream.show(one)[0]) for _ in range(shown_before)] == [1] * shown_before
            late = next(frames for frames in range(5) if len(stream.show(two)[0]) == 2)
        assert late / per_s <= 0.2


def test_a_face_that_leaves_is_gone_in_the_next_frame(stream: Stream, person: Frame) -> None:
    assert len(stream.show(scene((person, 100, 100)))[0]) == 1
    assert stream.show(scene()) == ([], 1)


def test_a_face_that_moves_out_of_the_picture_is_gone(stream: Stream, person: Frame) -> None:
    """The face's box begins 70 px right of the picture's edge and is 110 px wide: at -180 it is outside."""
    counts = {x: len(stream.show(scene((person, x, 100)))[0]) for x in range(60, -200, -10)}
    assert [counts[x] for x in range(60, -90, -10)] == [1] * 15
    assert [counts[x] for x in range(-150, -200, -10)] == [0] * 5


def test_one_of_two_faces_leaves(stream: Stream, person: Frame) -> None:
    assert len(stream.show(scene((person, 20, 100), (person, 380, 120)))[0]) == 2
    (box,), looks = stream.show(scene((person, 380, 120)))
    assert (looks, box.x1 > 380) == (1, True)
    assert stream.show(scene((person, 382, 120)))[1] == 0, "the remaining face is followed"


def test_a_lost_face_is_searched_in_the_same_frame(stream: Stream, person: Frame) -> None:
    stream.show(scene((person, 20, 100)))
    (box,), looks = stream.show(scene((person, 200, 150)))
    assert looks == 1
    assert box.iou(Box(270, 215, 380, 325)) > 0.75


def test_a_scene_cut_shows_the_new_scene_at_once(stream: Stream, person: Frame, frame: Frame) -> None:
    stream.show(scene((person, 20, 100)))
    boxes, looks = stream.show(scene((person, 10, 220), (person, 300, 30), (person[::2, ::2], 530, 300)))
    assert looks == 1
    assert [box.center > (x, 0) for box, x in zip(boxes, (80, 370, 550), strict=True)] == [True] * 3
    noise = np.tile(frame, (2, 2, 1))
    assert stream.show(noise) == ([], 1)


def test_a_stream_of_another_size_is_searched(stream: Stream, person: Frame) -> None:
    assert stream.show(scene((person, 100, 100)))[1] == 1
    boxes, looks = stream.show(scene((person, 100, 100))[:400, :500])
    assert (len(boxes), looks) == (1, 1)


def test_two_faces_that_cross_stay_two(stream: Stream, person: Frame) -> None:
    """Results are ordered from left to right, also where the followed faces have changed sides."""
    for index in range(0, 360, 12):
        boxes, _ = stream.show(scene((person, 20 + index, 20), (person[:, ::-1], 400 - index, 240)))
        assert len(boxes) == 2
        assert boxes[0].center <= boxes[1].center


def test_keypoints_of_an_unknown_presence_are_not_followed(networks: Networks, person: Frame) -> None:
    class WithoutPresence:
        def __init__(self, network: loading.Network) -> None:
            self.card, self.row_shape, self.outputs = network.card, network.row_shape, 30
            self._network = network

        def predict(self, batch: np.ndarray) -> np.ndarray:
            return self._network.predict(batch)[:, :30]

    keypoints = WithoutPresence(networks.keypoints)  # type: ignore[arg-type]
    with Counting() as detector:
        stream = Stream(dataclasses.replace(networks, keypoints=keypoints), detector, 30)  # type: ignore[arg-type]
        assert [stream.show(scene((person, 100, 100)))[1] for _ in range(3)] == [1] * 3


def test_pictures_are_not_followed(tiny_networks: Networks, frame: Frame) -> None:
    detector = FakeDetector((make_face(),))
    with Analyzer(detector, tiny_networks) as analyzer:  # type: ignore[arg-type]
        results: list[FrameResult] = [analyzer.analyze(frame, hands=False, time_s=0.01 * i) for i in range(3)]
    assert detector.face_calls == 3
    assert all(len(result.faces or ()) == 1 for result in results)


def points_of(face: Detection, presence: float = PRESENT) -> Keypoints:
    """Keypoints at fixed places of the face's box."""
    unit = np.random.default_rng(5).random((15, 2))
    xy = unit * (face.box.width, face.box.height) + (face.box.x1, face.box.y1)
    return Keypoints(xy.astype(np.float32), presence=presence)


def followed(before: Sequence[Detection], now: Sequence[Keypoints]) -> tuple[Detection, ...]:
    follower = FaceFollower()
    follower.restart(before, [points_of(face) for face in before], BLACK, 0.0)
    assert follower.expected(BLACK, 0.03) == tuple(before)
    return follower.follow(now)


def test_boxes_and_landmarks_move_with_the_keypoints() -> None:
    before, now = make_face(100, 60, 80), make_face(110, 62, 90)
    (moved,) = followed([before], [points_of(now)])
    assert moved.landmarks_px == pytest.approx(now.landmarks_px, abs=1e-3)
    assert dataclasses.astuple(moved.box) == pytest.approx(dataclasses.astuple(now.box), abs=1e-3)
    assert moved.score == before.score


def test_landmarks_turn_with_the_keypoints_and_the_box_stays_upright() -> None:
    face = make_face(100, 60, 80)
    turn, middle = np.array([[0.0, 1.0], [-1.0, 0.0]]), np.array(face.box.center)
    turned = Keypoints(((points_of(face).xy_px - middle) @ turn + middle).astype(np.float32), presence=PRESENT)
    (moved,) = followed([face], [turned])
    assert face.landmarks_px is not None
    assert moved.landmarks_px == pytest.approx((face.landmarks_px - middle) @ turn + middle, abs=1e-3)
    assert dataclasses.astuple(moved.box) == pytest.approx(dataclasses.astuple(face.box), abs=1e-3)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([make_face(100, 60, 80)], [points_of(make_face(100, 60, 80), LEAST_PRESENCE - 0.001)]),
        ([make_face(100, 60, 80)], [points_of(make_face(130, 60, 80))]),  # too far for one frame
        ([make_face(100, 60, 80)], [points_of(make_face(85, 45, 110))]),  # too large
        ([make_face(-30, 60, 80)], [points_of(make_face(-45, 60, 80))]),  # its middle is outside of the frame
        ([make_face(100, 60, 80)], [Keypoints(np.full((15, 2), 120, np.float32), presence=PRESENT)]),
        (
            [make_face(100, 60, 80), make_face(170, 60, 80)],
            [points_of(make_face(115, 60, 80)), points_of(make_face(152, 60, 80))],  # both on one face
        ),
        (
            [make_face(100, 60, 80), make_face(300, 60, 80)],
            [points_of(make_face(100, 60, 80)), points_of(make_face(300, 60, 80), 0.0)],
        ),
    ],
)
def test_a_lost_face_needs_the_detector(before: list[Detection], now: list[Keypoints]) -> None:
    assert followed(before, now) == ()


def test_a_face_of_low_presence_is_searched_in_each_frame() -> None:
    face = make_face(100, 60, 80)
    follower = FaceFollower()
    follower.restart([face], [points_of(face, 0.0)], BLACK, 0.0)
    assert follower.expected(BLACK, 0.03) == ()
