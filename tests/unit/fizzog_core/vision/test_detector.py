from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from fizzog_core.media import images
from fizzog_core.types import Box, Frame
from fizzog_core.vision import detector as detectors
from fizzog_core.vision.detector import Detector
from fizzog_core.vision.face_detection import FaceDetector
from fizzog_core.vision.hand_detection import HandDetector
from fizzog_core.vision.hand_landmarks import HandLandmarks
from fizzog_core.vision.sampling import Square


@pytest.fixture(scope="module")
def thumb(shared_data: Path) -> Frame:
    """The inner side of a hand with the thumb up and the fingers to the right of the picture: a left hand."""
    return images.read(shared_data / "samples" / "pictures" / "hands" / "mps_hand_thumb_up.jpg")


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (48, 64), (240, 320), (20, 3000)])
@pytest.mark.parametrize("mode", ["image", "video", "live"])
def test_nothing_is_found_where_nothing_is(mode: detectors.Mode, shape: tuple[int, int]) -> None:
    with Detector(mode) as detector:
        grey = np.full((*shape, 3), 128, dtype=np.uint8)
        assert detector.find_faces(grey) == ()
        assert detector.find_hands(grey) == ()


def test_the_astronaut_has_one_face_with_eyes_where_they_are(picture_detector: Detector, astronaut: Frame) -> None:
    (face,) = picture_detector.find_faces(astronaut)
    assert face.kind == "face"
    assert face.handedness is None
    assert face.score > 0.8
    assert face.box.iou(Box(170, 65, 280, 175)) > 0.8
    assert face.landmarks_px is not None
    assert face.landmarks_px.dtype == np.float32
    marked = [(203, 103), (248, 106), (223, 131), (223, 149)]  # by eye: right eye, left eye, nose tip, mouth
    assert np.abs(face.landmarks_px[:4] - marked).max() < 6
    assert face.landmarks_px[4, 0] < face.landmarks_px[0, 0] < face.landmarks_px[1, 0] < face.landmarks_px[5, 0]


@pytest.mark.parametrize("mode", ["image", "video", "live"])
def test_several_faces_come_from_left_to_right(astronaut: Frame, mode: detectors.Mode) -> None:
    with Detector(mode) as detector:
        faces = detector.find_faces(np.concatenate([astronaut, astronaut[:, ::-1]], axis=1))
    assert [round(face.box.center[0], -2) for face in faces] == [200, 800]


def test_a_small_face_is_found_on_a_tile_only(picture_detector: Detector, astronaut: Frame) -> None:
    small = cv2.resize(astronaut, (130, 130), interpolation=cv2.INTER_AREA)
    picture = np.full((900, 1200, 3), 200, dtype=np.uint8)
    picture[600:730, 900:1030] = small
    with Detector("video") as stream:
        assert stream.find_faces(picture) == ()
    (face,) = picture_detector.find_faces(picture)
    assert face.box.iou(Box(943, 616, 971, 644)) > 0.6


@pytest.mark.parametrize("mode", ["image", "video", "live"])
def test_a_face_that_fills_the_frame_is_found(astronaut: Frame, mode: detectors.Mode) -> None:
    near = astronaut[70:175, 170:280]
    with Detector(mode) as detector:
        assert FaceDetector().find(near) == [], "the full-range detector misses the face"
        (face,) = detector.find_faces(
            cv2.resize(near, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
        )
    expected = Box((174 - 170) * 4, (68 - 70) * 4, (278 - 170) * 4, (172 - 70) * 4)  # as found on the whole picture
    assert face.box.iou(expected) > 0.75


def test_a_face_at_the_border_keeps_its_box_beyond_it(picture_detector: Detector, astronaut: Frame) -> None:
    (face,) = picture_detector.find_faces(astronaut[85:])
    assert face.box.y1 < 0


def test_the_frame_may_be_a_view_and_is_not_changed(picture_detector: Detector, astronaut: Frame) -> None:
    mirrored = astronaut[:, ::-1]
    before = mirrored.copy()
    assert len(picture_detector.find_faces(mirrored)) == 1
    picture_detector.find_hands(mirrored)
    assert np.array_equal(mirrored, before)


def test_handedness_is_the_subjects_own(picture_detector: Detector, thumb: Frame) -> None:
    (hand,) = picture_detector.find_hands(thumb)
    (mirrored,) = picture_detector.find_hands(thumb[:, ::-1])
    assert (hand.handedness, mirrored.handedness) == ("left", "right")
    assert hand.landmarks_px is not None
    assert hand.landmarks_px.shape == (21, 3)
    wrist, thumb_tip = hand.landmarks_px[0], hand.landmarks_px[4]
    assert thumb_tip[1] < wrist[1]
    assert hand.box.x1 < hand.landmarks_px[:, 0].min()
    assert hand.box.y2 > hand.landmarks_px[:, 1].max()


def test_a_lifted_right_hand_has_right_handedness(picture_detector: Detector, shared_data: Path) -> None:
    frame = images.read(shared_data / "samples" / "pictures" / "hands" / "four_077fa4bf.jpg")
    (face,), (hand,) = picture_detector.find_faces(frame), picture_detector.find_hands(frame)
    assert hand.box.center[0] < face.box.center[0]
    assert hand.handedness == "right"


def test_a_hand_that_fills_the_frame_is_found_at_the_second_pass(picture_detector: Detector, shared_data: Path) -> None:
    folder = shared_data / "gestures"
    with (folder / "manifest.csv").open(newline="") as file:
        missed = [row for row in csv.DictReader(file) if row["hand_found"] == "0" and row["gesture"] in "AFLV"]
    frames = [images.read(folder / row["path"]) for row in missed[:: len(missed) // 20][:20]]
    found = [picture_detector.find_hands(frame) for frame in frames]
    assert sum(map(bool, found)) >= 14
    for frame, hands in zip(frames, found, strict=True):
        whole = Box(0, 0, frame.shape[1], frame.shape[0])
        assert not hands or max(hand.box.iou(whole) for hand in hands) > 0.1


def test_the_third_pass_runs_only_without_a_hand(
    picture_detector: Detector, thumb: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, find = [], HandDetector.find

    def counted(self: HandDetector, frame: Frame) -> tuple[list[HandLandmarks], list[Square]]:
        seen.append(frame.shape)
        return find(self, frame)

    monkeypatch.setattr(HandDetector, "find", counted)
    assert picture_detector.find_hands(np.zeros((300, 300, 3), np.uint8)) == ()
    assert seen == [(300, 300, 3), (480, 480, 3), (660, 660, 3)]
    seen.clear()
    assert picture_detector.find_hands(thumb)
    assert len(seen) == 2


def test_a_stream_follows_a_hand(thumb: Frame) -> None:
    with Detector("video") as detector:
        seen = [detector.find_hands(np.roll(thumb, 4 * i, axis=1)) for i in range(5)]
    assert [len(hands) for hands in seen] == [1] * 5
    assert {hands[0].handedness for hands in seen} == {"left"}


@pytest.fixture
def palm_looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether palms were searched, for each frame that the hand detector has processed."""
    looks: list[bool] = []
    find = HandDetector.find

    def noting(
        self: HandDetector, frame: Frame, expected: list[Square], look: bool
    ) -> tuple[list[HandLandmarks], list[Square]]:
        looks.append(look)
        return find(self, frame, expected, look)

    monkeypatch.setattr(HandDetector, "find", noting)
    return looks


@pytest.mark.parametrize("mode", ["video", "live"])
def test_a_hand_is_followed_without_a_look_for_more(mode: detectors.Mode, thumb: Frame, palm_looks: list[bool]) -> None:
    empty = np.full_like(thumb, 128)
    with Detector(mode) as detector:
        shown = [empty] * 6 + [np.roll(thumb, 4 * i, axis=1) for i in range(12)] + [empty] * 3
        seen = [len(detector.find_hands(frame, index / 30)) for index, frame in enumerate(shown)]
    without, followed = [True] + [False] * 3, [True] + [False] * 7
    assert palm_looks[:17] == without * 2 + followed + [True]
    assert seen == [0] * 8 + [1] * 10 + [0] * 3
    assert palm_looks[18:20] == [False, True], "once a hand has left, palms are searched in the next frame"


def test_two_hands_are_followed_with_a_look_in_every_sixteenth_frame(thumb: Frame, palm_looks: list[bool]) -> None:
    both = np.concatenate([thumb, thumb[:, ::-1]], axis=1)
    with Detector("live") as detector:
        assert [len(detector.find_hands(both, index / 30)) for index in range(33)] == [2] * 33
    assert palm_looks == ([True] + [False] * 15) * 2 + [True]


def test_palms_are_searched_in_each_frame_of_a_slow_stream(thumb: Frame, palm_looks: list[bool]) -> None:
    with Detector("video") as detector:
        assert [len(detector.find_hands(thumb, index / 2)) for index in range(4)] == [1] * 4
    assert palm_looks == [True] * 4


def test_a_stream_of_another_size_resets_tracking(thumb: Frame, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    find = HandDetector.find

    def noting(
        self: HandDetector, frame: Frame, expected: list[Square], look: bool
    ) -> tuple[list[HandLandmarks], list[Square]]:
        given.append(len(expected))
        return find(self, frame, expected, look)

    monkeypatch.setattr(HandDetector, "find", noting)
    with Detector("video") as detector:
        for frame in (thumb, thumb, thumb[::2, ::2]):
            assert len(detector.find_hands(frame)) == 1
    assert given == [0, 1, 0]


def test_threads_may_share_a_detector(picture_detector: Detector, astronaut: Frame) -> None:
    with ThreadPoolExecutor(4) as pool:
        boxes = {faces[0].box for faces in pool.map(picture_detector.find_faces, [astronaut] * 8)}
    assert len(boxes) == 1


def test_a_closed_detector_raises(astronaut: Frame) -> None:
    detector = Detector("video")
    detector.close()
    detector.close()
    with pytest.raises(RuntimeError, match="closed"):
        detector.find_faces(astronaut)


def test_faces_of_the_sample_pictures(picture_detector: Detector, shared_data: Path) -> None:
    """The detector finds at least 92 % of the annotated faces, and at most six others."""
    wanted = found = false = 0
    with (shared_data / "samples" / "pictures" / "manifest.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if "formats" not in row["path"]]
    for row in rows:
        count = len(picture_detector.find_faces(images.read(shared_data / "samples" / row["path"])))
        words = row["faces"].split("(")[0].strip().split("-")
        low, high = int(words[0]), int(words[-1])
        wanted, found, false = wanted + low, found + min(low, count), false + max(0, count - high)
    assert wanted > 130
    assert found / wanted >= 0.92
    assert false <= 6
