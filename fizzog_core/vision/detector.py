"""Finds faces and hands. The only file that knows MediaPipe.

Figures behind the numbers below: docs/decisions/002-detectors.md.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from fizzog_core.runtime.import_lock import ONE_AT_A_TIME
from fizzog_core.types import Box, Detection, Frame
from fizzog_core.vision import slicing

Mode = Literal["picture", "stream", "live"]

MAX_HANDS = 4
HAND_SCORE = {"picture": 0.3, "stream": 0.5, "live": 0.5}
"""Least score of a palm. A picture is seen once, so there a miss costs more than a hand that reads as "none"."""
TILE_FACE_SCORE = 0.65
"""Least score of a face found on a tile; on the whole picture MediaPipe's own 0.6 holds."""
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
NEAR_SCALE, NEAR_RISE = 1.02, 0.043
"""The full-range detector's boxes in sides of the short-range one's: how much larger, and how much higher."""
LOOK_EVERY = 4
"""Live, new hands are looked for in every fourth frame; in between those in view are followed, or none expected.
Looking costs as much as following a hand, and MediaPipe looks as long as it follows fewer hands than it may find."""
FOLLOWED_ALONE = 2
"""So many hands are followed without a look for more; with more in view every frame is looked at whole."""
HAND_BOX_MARGIN = 0.1
"""A hand's box reaches beyond its landmarks by this share on each side: the landmarks lie inside the fingers."""


class Detector:
    """MediaPipe's two face detectors and its hand landmarker behind one lock: any thread may call it.

    ``mode="picture"``: each frame stands alone. Faces are looked for on the whole picture and on overlapping tiles,
    and, if there are none, with a border around the picture; hands always without and with that border, and, if there
    are none, with a wider one.
    ``mode="stream"``: frames of one video, in order: one look for faces, a second for a very near one if there are
    none, and up to four hands followed from frame to frame.
    ``mode="live"``: as a stream, but new hands are looked for in every fourth frame only.
    Each stream needs a detector of its own. Use as a context manager, or call ``close``; a closed detector raises
    RuntimeError.
    """

    def __init__(self, mode: Mode = "picture") -> None:
        with ONE_AT_A_TIME:
            from mediapipe.python.solutions import face_detection

        self.mode: Mode = mode
        self._face_lock, self._hand_lock = threading.Lock(), threading.Lock()  # faces and hands at the same time
        self._closed = False
        self._face_graph: Any = face_detection.FaceDetection(model_selection=1)
        self._near_graph: Any = face_detection.FaceDetection(model_selection=0)
        self._hand_graphs: dict[int, Any] = {MAX_HANDS: self._hand_graph(MAX_HANDS)}
        self._hand_frames = self._hands_in_view = 0

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        """Faces in ``frame`` ``(H, W, 3)`` uint8 RGB, from left to right, each with its six landmarks.

        Boxes and landmarks may reach over the frame's border.
        """
        found = self._faces(frame)
        if self.mode != "picture":
            return _left_to_right(_merged(found or self._near_faces(frame)))
        for tile in slicing.tiles(*frame.shape[:2]):
            inside = self._faces(frame[tile.y1 : tile.y2, tile.x1 : tile.x2], tile.x1, tile.y1)
            found += [f for f in inside if f.score >= TILE_FACE_SCORE and not tile.cuts(f.box, *frame.shape[:2])]
        found = _merged(found)
        found += [f for f in self._near_faces(frame) if not any(_same(f.box, other.box) for other in found)]
        return _left_to_right(found or _merged(_second_look(frame, self._faces)))

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        """Hands in ``frame`` ``(H, W, 3)`` uint8 RGB, from left to right, each with 21 landmarks and its side."""
        if self.mode == "live":
            return _left_to_right(_merged(self._followed_hands(frame)))
        if self.mode == "stream":
            return _left_to_right(_merged(self._hands(frame)))
        # Twice, even after a find: where a hand fills the frame, the first look may see a false one.
        found = self._hands(frame) + _second_look(frame, self._hands)
        return _left_to_right(_merged(found or _second_look(frame, self._hands, WIDE_BORDER)))

    def _hand_graph(self, most: int) -> Any:
        from mediapipe.python.solutions import hands

        return hands.Hands(
            static_image_mode=self.mode == "picture",
            max_num_hands=most,
            min_detection_confidence=HAND_SCORE[self.mode],
        )

    def _followed_hands(self, frame: Frame) -> list[Detection]:
        """The hands of the next live frame. A graph that may find no more hands than it follows looks for none."""
        expected = self._hands_in_view
        whole = self._hand_frames % LOOK_EVERY == 0 or expected > FOLLOWED_ALONE
        self._hand_frames += 1
        if not whole and not expected:
            return []
        found = self._hands(frame, MAX_HANDS if whole else expected)
        if len(found) < expected:
            self._hand_frames = 0  # one has left: the next frame is looked at whole
        self._hands_in_view = len(found)
        return found

    def close(self) -> None:
        """Free MediaPipe's graphs; safe to call twice."""
        with self._face_lock, self._hand_lock:
            if not self._closed:
                self._closed = True
                self._face_graph.close()
                self._near_graph.close()
                for graph in self._hand_graphs.values():
                    graph.close()

    def __enter__(self) -> Detector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _process(self, graph: Any, frame: Frame) -> Any:
        with self._face_lock:
            self._refuse_if_closed()
            return graph.process(np.ascontiguousarray(frame))

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeError("this detector is closed; make a new one")

    def _faces(self, frame: Frame, left: int = 0, top: int = 0) -> list[Detection]:
        height, width = frame.shape[:2]
        answers = self._process(self._face_graph, frame).detections or []
        faces = (_face(answer, width, height, left, top) for answer in answers)
        return [face for face in faces if face is not None]

    def _near_faces(self, frame: Frame) -> list[Detection]:
        """Faces that fill much of the frame, by the short-range detector, their boxes as full range has them."""
        height, width = frame.shape[:2]
        answers = self._process(self._near_graph, frame).detections or []
        faces = (_face(answer, width, height, 0, 0) for answer in answers)
        return [replace(face, box=_like_full_range(face.box)) for face in faces if face is not None]

    def _hands(self, frame: Frame, most: int = MAX_HANDS) -> list[Detection]:
        height, width = frame.shape[:2]
        with self._hand_lock:
            self._refuse_if_closed()
            if most not in self._hand_graphs:
                self._hand_graphs[most] = self._hand_graph(most)
            answer = self._hand_graphs[most].process(np.ascontiguousarray(frame))
        if not answer.multi_hand_landmarks:
            return []
        pairs = zip(answer.multi_hand_landmarks, answer.multi_handedness, strict=True)
        return [_hand(points.landmark, side.classification[0], width, height) for points, side in pairs]


def _face(answer: Any, width: int, height: int, left: int, top: int) -> Detection | None:
    area = answer.location_data.relative_bounding_box
    if not (area.width > 0 and area.height > 0):
        return None
    x, y = left + area.xmin * width, top + area.ymin * height
    box = Box(x, y, x + area.width * width, y + area.height * height)
    points = [(left + p.x * width, top + p.y * height) for p in answer.location_data.relative_keypoints]
    return Detection("face", box, float(answer.score[0]), np.array(points, dtype=np.float32))


def _like_full_range(box: Box) -> Box:
    (x, y), half = box.center, box.width * NEAR_SCALE / 2
    y -= box.width * NEAR_RISE
    return Box(x - half, y - half, x + half, y + half)


def _hand(points: Iterable[Any], side: Any, width: int, height: int) -> Detection:
    landmarks = np.array([(p.x * width, p.y * height, p.z * width) for p in points], dtype=np.float32)
    own: Literal["left", "right"] = "right" if side.label == "Left" else "left"  # MediaPipe takes it for a mirror image
    return Detection("hand", _box_around(landmarks), float(side.score), landmarks, own)


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
    return [_moved(detection, 1 / scale, -right, -down) for detection in found]


def _moved(found: Detection, scale: float, right: float, down: float) -> Detection:
    box = found.box
    box = Box(box.x1 * scale + right, box.y1 * scale + down, box.x2 * scale + right, box.y2 * scale + down)
    landmarks = found.landmarks_px
    if landmarks is not None:
        offset = np.array((right, down, 0)[: landmarks.shape[1]], dtype=np.float32)
        landmarks = landmarks * np.float32(scale) + offset
    return Detection(found.kind, box, found.score, landmarks, found.handedness)


def _merged(found: Sequence[Detection]) -> list[Detection]:
    """One detection for each thing: of several that show the same one, that with the best score."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda d: d.score, reverse=True):
        if not any(_same(detection.box, other.box) for other in kept):
            kept.append(detection)
    return kept


def _same(a: Box, b: Box) -> bool:
    overlap = a.overlap(b)
    areas = a.width * a.height, b.width * b.height
    shared = overlap * sum(areas) / (1 + overlap)
    return overlap > SAME_OVERLAP or shared > SAME_INSIDE * min(areas)


def _left_to_right(found: Iterable[Detection]) -> tuple[Detection, ...]:
    return tuple(sorted(found, key=lambda d: d.box.center))
