"""Finds faces and hands in pictures, videos and live streams.

Figures behind the numbers below: docs/decisions/002-detectors.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision import slicing
from fizzog_core.vision.face_detection import FaceDetector
from fizzog_core.vision.hand_detection import MAX_HANDS, HandDetector
from fizzog_core.vision.hand_landmarks import HandLandmarks
from fizzog_core.vision.sampling import Square, within_limits

Mode = Literal["image", "video", "live"]

HAND_SCORE = {"image": 0.3, "video": 0.5, "live": 0.5}
"""Least score of a palm. A picture is seen once, so there a miss costs more than a hand that reads as "none"."""
TILE_FACE_SCORE = 0.65
"""Least score of a face found on a tile; on the whole picture the detector's own threshold holds."""
SAME_OVERLAP = 0.3
"""Two boxes with a larger intersection over union show the same thing, ..."""
SAME_INSIDE = 0.6
"""... and so do two when one lies inside the other with a larger share of its area."""
BORDER = 0.3
"""Replicated border for the second look, in sides of the picture: what fills the frame is missed without it."""
WIDE_BORDER = 0.6
"""The same for a third look for hands, taken where the others saw none: half of those missed are found then."""
SECOND_LOOK_PX = 480
"""Least long side of the bordered picture; smaller ones are enlarged."""
LOOK_EVERY = 4
"""Live, palms are looked for in every fourth frame; in between the hands in view are followed, or none expected."""
HAND_BOX_MARGIN = 0.1
"""A hand's box reaches beyond its landmarks by this share on each side: the landmarks lie inside the fingers."""


class Detector:
    """Two face detectors, a palm detector and a hand landmark network: any thread may call it.

    ``mode="image"``: each frame stands alone. Faces are looked for on the whole picture and on overlapping tiles,
    and, if there are none, with a border around the picture; hands always without and with that border, and, if there
    are none, with a wider one.
    ``mode="video"``: frames of one video, in order: one look for faces, a second for a very near one if there are
    none, and hands followed from frame to frame, with a look for more while fewer than four are followed.
    ``mode="live"``: as a stream, but new hands are looked for in every fourth frame only.
    Each stream needs a detector of its own. Use as a context manager, or call ``close``; a closed detector raises
    RuntimeError.
    """

    def __init__(self, mode: Mode = "image") -> None:
        self.mode: Mode = mode
        self._closed = False
        self._faces = FaceDetector()
        self._hands = HandDetector(HAND_SCORE[mode])
        self._hand_lock = threading.Lock()  # around what follows
        self._expected: list[Square] = []
        self._frame_shape: tuple[int, ...] = ()
        self._frames_since_look = LOOK_EVERY

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        """Faces in ``frame`` ``(H, W, 3)`` uint8 RGB, from left to right, each with its six landmarks.

        Boxes and landmarks may reach over the frame's border.
        """
        return self._within_limits(frame, self._find_faces)

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        """Hands in ``frame`` ``(H, W, 3)`` uint8 RGB, from left to right, each with 21 landmarks and its side."""
        return self._within_limits(frame, self._followed_hands if self.mode != "image" else self._all_hands)

    def close(self) -> None:
        """Free the networks; safe to call twice."""
        self._closed = True

    def __enter__(self) -> Detector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _within_limits(self, frame: Frame, find: Callable[[Frame], list[Detection]]) -> tuple[Detection, ...]:
        if self._closed:
            raise RuntimeError("this detector is closed; make a new one")
        smaller, scale_x, scale_y = within_limits(np.ascontiguousarray(frame))
        found = _merged(find(smaller))
        return _left_to_right(_moved(detection, (scale_x, scale_y)) for detection in found)

    def _find_faces(self, frame: Frame) -> list[Detection]:
        found = self._faces.find(frame)
        if self.mode != "image":
            return found or self._faces.find_near(frame)
        for tile in slicing.tiles(*frame.shape[:2]):
            on_tile = self._faces.find(frame[tile.y1 : tile.y2, tile.x1 : tile.x2])
            inside = [_moved(face, offset=(tile.x1, tile.y1)) for face in on_tile if face.score >= TILE_FACE_SCORE]
            found += [face for face in inside if not tile.cuts(face.box, *frame.shape[:2])]
        found = _merged(found)
        found += [f for f in self._faces.find_near(frame) if not any(_same(f.box, other.box) for other in found)]
        return found or _second_look(frame, self._faces.find)

    def _all_hands(self, frame: Frame) -> list[Detection]:
        # Twice, even after a find: where a hand fills the frame, the first look may see a false one.
        found = self._new_hands(frame) + _second_look(frame, self._new_hands)
        return found or _second_look(frame, self._new_hands, WIDE_BORDER)

    def _new_hands(self, frame: Frame) -> list[Detection]:
        return [_hand(hand) for hand in self._hands.find(frame)[0]]

    def _followed_hands(self, frame: Frame) -> list[Detection]:
        """The hands of the stream's next frame."""
        with self._hand_lock:
            if frame.shape != self._frame_shape:
                self._frame_shape, self._expected = frame.shape, []
            every = LOOK_EVERY if self.mode == "live" else 1
            look = self._frames_since_look + 1 >= every and len(self._expected) < MAX_HANDS
            before = len(self._expected)
            found, self._expected = self._hands.find(frame, self._expected, look)
            lost = len(found) < before
            self._frames_since_look = every if lost else 0 if look else self._frames_since_look + 1
        return [_hand(hand) for hand in found]


def _hand(hand: HandLandmarks) -> Detection:
    return Detection("hand", _box_around(hand.points_px), hand.score, hand.points_px, hand.handedness)


def _box_around(landmarks: NDArray[np.float32]) -> Box:
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    more = np.maximum(HAND_BOX_MARGIN * (high - low), 0.5)
    (x1, y1), (x2, y2) = (low - more).tolist(), (high + more).tolist()
    return Box(x1, y1, x2, y2)


def _second_look(frame: Frame, find: Callable[[Frame], list[Detection]], border: float = BORDER) -> list[Detection]:
    """What ``find`` sees when the picture stands in a replicated border and is not small, in the frame's pixels."""
    height, width = frame.shape[:2]
    right, down = round(border * width), round(border * height)
    wide = cv2.copyMakeBorder(frame, down, down, right, right, cv2.BORDER_REPLICATE)
    scale = max(1.0, SECOND_LOOK_PX / max(wide.shape[:2]))
    if scale > 1:
        wide = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    found = find(np.asarray(wide, dtype=np.uint8))
    return [_moved(detection, (1 / scale, 1 / scale), (-right, -down)) for detection in found]


def _moved(
    found: Detection, scale: tuple[float, float] = (1.0, 1.0), offset: tuple[float, float] = (0.0, 0.0)
) -> Detection:
    """``found`` with its coordinates scaled, then moved by ``offset`` pixels."""
    (x_scale, y_scale), (right, down), box = scale, offset, found.box
    box = Box(*(np.array([box.x1, box.y1, box.x2, box.y2]) * (scale * 2) + offset * 2).tolist())
    landmarks = found.landmarks_px
    if landmarks is not None:
        scales, offsets = (x_scale, y_scale, x_scale), (right, down, 0)
        dimensions = landmarks.shape[1]
        landmarks = (landmarks * scales[:dimensions] + offsets[:dimensions]).astype(np.float32)
    return Detection(found.kind, box, found.score, landmarks, found.handedness)


def _merged(found: Sequence[Detection]) -> list[Detection]:
    """One detection for each thing: of several that show the same one, that with the best score."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda d: d.score, reverse=True):
        if not any(_same(detection.box, other.box) for other in kept):
            kept.append(detection)
    return kept


def _same(a: Box, b: Box) -> bool:
    overlap = a.iou(b)
    areas = a.width * a.height, b.width * b.height
    shared = overlap * sum(areas) / (1 + overlap)
    return overlap > SAME_OVERLAP or shared > SAME_INSIDE * min(areas)


def _left_to_right(found: Iterable[Detection]) -> tuple[Detection, ...]:
    return tuple(sorted(found, key=lambda d: d.box.center))
