"""Finds faces and hands in pictures, videos and live streams.

Measurements behind the constants: docs/decisions/002-detectors.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision import slicing
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.bordered import WIDE_BORDER, find_with_border
from fizzog_core.vision.face_detection import FaceDetector
from fizzog_core.vision.hand_detection import MAX_HANDS, HandDetector
from fizzog_core.vision.hand_landmarks import FILE, LIVE_FILE, HandLandmarker, HandLandmarks
from fizzog_core.vision.look_schedule import Interval, LookSchedule
from fizzog_core.vision.non_max_suppression import same_box, suppressed
from fizzog_core.vision.sampling import Square, within_limits

Mode = Literal["image", "video", "live"]

HAND_SCORE = {"image": 0.3, "video": 0.5, "live": 0.5}
LANDMARKS = {"image": FILE, "video": FILE, "live": LIVE_FILE}
"""Smallest score of a palm. A picture has a single frame: there a missed hand costs more than a false hand, which the
gesture network classifies as "none"."""
TILE_FACE_SCORE = 0.65
"""Smallest score of a face on a tile; on the whole picture the detector's own threshold applies."""
LOOK_FOR_HANDS = Interval(4, 0.4), Interval(8, 0.5), Interval(16, 1.0)
"""In a stream, between two runs of the palm detector, while no hand, one, or more are in view. The frames in between
only follow the hands in view. With both hands in view, only another person can bring a further one."""
HAND_BOX_MARGIN = 0.1
"""Margin of a hand's box around its landmarks, as a share on each side: the landmarks lie inside the fingers."""


class FaceFinder(Protocol):
    """Detects faces in single frames, as ``FaceDetector`` does."""

    def find(self, frame: Frame) -> list[Detection]: ...
    def find_near(self, frame: Frame) -> list[Detection]: ...


class HandFinder(Protocol):
    """Detects new hands in single frames and follows expected ones, as ``HandDetector`` does."""

    def find(
        self, frame: Frame, expected: Iterable[Square] = (), look: bool = True
    ) -> tuple[list[HandLandmarks], list[Square]]: ...


class Detector:
    """Detects faces and hands with two face detectors, a palm detector and a hand landmark network. Thread-safe.

    ``mode="image"``: frames are independent. Face detection runs on the whole picture and on overlapping tiles. If it
    finds no face, it runs again on the picture with a border. Hand detection runs without and with that border. If it
    finds no hand, it runs again with a wider border.
    ``mode="video"``: the frames of one video, in order. Face detection runs once; if it finds no face, the detector for
    near faces runs. Hands are followed by their landmarks; palm detection runs in every fourth frame, in every eighth
    while one hand is in view, in every 16th while two or three are, and after a hand was lost.
    ``mode="live"``: as ``"video"``, with the smaller hand landmark network.
    Each stream needs its own detector. Use as a context manager, or call ``close``; a closed detector raises
    RuntimeError.
    """

    def __init__(self, mode: Mode = "image", faces: FaceFinder | None = None, hands: HandFinder | None = None) -> None:
        """``faces``, ``hands``: the detectors of single frames, by default those of this package."""
        self.mode: Mode = mode
        self._closed = False
        self._faces = faces or FaceDetector()
        self._hands = hands or HandDetector(HAND_SCORE[mode], HandLandmarker(WEIGHTS / LANDMARKS[mode]))
        self._hand_lock = threading.Lock()  # around what follows
        self._expected: list[Square] = []
        self._frame_shape: tuple[int, ...] = ()
        self._hand_schedule = LookSchedule()

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        """Returns the faces in ``frame`` ``(H, W, 3)`` uint8 RGB, from left to right, each with six landmarks.

        Boxes and landmarks may extend beyond the frame.
        """
        return self._within_limits(frame, self._find_faces)

    def find_hands(self, frame: Frame, time_s: float | None = None) -> tuple[Detection, ...]:
        """Returns the hands in ``frame`` ``(H, W, 3)`` uint8 RGB, from left to right.

        Each hand has 21 landmarks and its handedness. ``time_s``: the frame's time in its stream, by default now.
        """
        if self.mode == "image":
            return self._within_limits(frame, self._all_hands)
        now = time.monotonic() if time_s is None else time_s
        return self._within_limits(frame, lambda smaller: self._followed_hands(smaller, now))

    def close(self) -> None:
        """Closes the detector. A second call does nothing."""
        self._closed = True

    def __enter__(self) -> Detector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _within_limits(self, frame: Frame, find: Callable[[Frame], list[Detection]]) -> tuple[Detection, ...]:
        if self._closed:
            raise RuntimeError("this detector is closed; make a new one")
        smaller, scale_x, scale_y = within_limits(np.ascontiguousarray(frame))
        found = suppressed(find(smaller))
        return _left_to_right(detection.moved((scale_x, scale_y)) for detection in found)

    def _find_faces(self, frame: Frame) -> list[Detection]:
        found = self._faces.find(frame)
        if self.mode != "image":
            return found or self._faces.find_near(frame)
        for tile in slicing.tiles(*frame.shape[:2]):
            on_tile = self._faces.find(frame[tile.y1 : tile.y2, tile.x1 : tile.x2])
            inside = [face.moved(offset_px=(tile.x1, tile.y1)) for face in on_tile if face.score >= TILE_FACE_SCORE]
            found += [face for face in inside if not tile.cuts(face.box, *frame.shape[:2])]
        found = suppressed(found)
        found += [f for f in self._faces.find_near(frame) if not any(same_box(f.box, other.box) for other in found)]
        return found or find_with_border(frame, self._faces.find)

    def _all_hands(self, frame: Frame) -> list[Detection]:
        # Two passes, even if the first finds a hand: if a hand fills the frame, the first pass may find a false one.
        found = self._new_hands(frame) + find_with_border(frame, self._new_hands)
        return found or find_with_border(frame, self._new_hands, WIDE_BORDER)

    def _new_hands(self, frame: Frame) -> list[Detection]:
        return [_hand(hand) for hand in self._hands.find(frame)[0]]

    def _followed_hands(self, frame: Frame, time_s: float) -> list[Detection]:
        """Returns the hands in the next frame of the stream."""
        with self._hand_lock:
            if frame.shape != self._frame_shape:
                self._frame_shape, self._expected = frame.shape, []
                self._hand_schedule.reset()
            before = len(self._expected)
            interval = LOOK_FOR_HANDS[min(before, len(LOOK_FOR_HANDS) - 1)]
            look = self._hand_schedule.due(time_s, interval) and before < MAX_HANDS
            found, self._expected = self._hands.find(frame, self._expected, look)
            if look:
                self._hand_schedule.looked(time_s)
            if len(found) < before:
                self._hand_schedule.reset()
        return [_hand(hand) for hand in found]


def _hand(hand: HandLandmarks) -> Detection:
    return Detection("hand", _box_around(hand.points_px), hand.score, hand.points_px, hand.handedness)


def _box_around(landmarks: NDArray[np.float32]) -> Box:
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    more = np.maximum(HAND_BOX_MARGIN * (high - low), 0.5)
    (x1, y1), (x2, y2) = (low - more).tolist(), (high + more).tolist()
    return Box(x1, y1, x2, y2)


def _left_to_right(found: Iterable[Detection]) -> tuple[Detection, ...]:
    return tuple(sorted(found, key=lambda d: d.box.center))
