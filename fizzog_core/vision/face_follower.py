"""Follows the faces of a stream by their keypoints, so that most frames need no face detection.

Reasons and measurements behind the constants: docs/decisions/004-followed-faces.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from fizzog_core.types import Box, Detection, Frame, Keypoints
from fizzog_core.vision.look_schedule import Interval, LookSchedule

LOOK_FOR_FACES = Interval(frames=4, seconds=0.2)
"""Between two runs of the face detector."""
LEAST_PRESENCE = 0.05
"""Presence measure of the keypoint network below which a face counts as lost."""
LARGEST_MOVE = 0.25
"""Longest way of a face from one frame to the next, in sides of its box; the crop would be too far off its centre."""
LARGEST_ZOOM = 1.25
"""Largest ratio of a face's sizes in two frames in a row."""
SAME_IOU = 0.3
"""Boxes with an intersection over union above this value follow the same face."""


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """A face as it was detected, its keypoints in that frame, and where it was in the last frame."""

    detected: Detection
    points_px: NDArray[np.float32]
    last: Detection


class FaceFollower:
    """The faces of one stream from frame to frame. Not thread-safe.

    For each frame call ``expected``. If it returns faces, compute their keypoints and call ``follow``. If either
    returns (), run the detector on the frame and call ``restart`` with its faces.
    """

    def __init__(self) -> None:
        self._faces: list[_Face] = []
        self._schedule = LookSchedule()
        self._shape: tuple[int, ...] = ()

    def expected(self, frame: Frame, time_s: float) -> tuple[Detection, ...]:
        """The faces of the last frame, whose boxes are to be cut from ``frame``; () if the detector has to run.

        ``time_s``: the frame's time in the stream.
        """
        due = self._schedule.due(time_s, LOOK_FOR_FACES)
        return () if due or frame.shape != self._shape else tuple(face.last for face in self._faces)

    def follow(self, keypoints: Sequence[Keypoints]) -> tuple[Detection, ...]:
        """The expected faces where their ``keypoints`` are in this frame; () if one is lost."""
        moved = [_moved(face, points.xy_px) for face, points in zip(self._faces, keypoints, strict=True)]
        seen = map(self._is_seen, self._faces, moved, keypoints)
        if not all(seen) or any(a.box.iou(b.box) > SAME_IOU for a, b in combinations(moved, 2)):
            return ()
        self._faces = [_Face(face.detected, face.points_px, now) for face, now in zip(self._faces, moved, strict=True)]
        return tuple(moved)

    def restart(self, faces: Sequence[Detection], keypoints: Sequence[Keypoints], frame: Frame, time_s: float) -> None:
        """Follows the ``faces`` that the detector found in ``frame``, from the next frame on.

        If the presence of one of them is too low, none is followed: the detector then runs on each frame.
        """
        self._schedule.looked(time_s)
        self._shape = frame.shape
        present = all(map(_is_present, keypoints))
        pairs = zip(faces, keypoints, strict=True)
        self._faces = [_Face(face, points.xy_px, face) for face, points in pairs] if present else []

    def _is_seen(self, face: _Face, now: Detection, keypoints: Keypoints) -> bool:
        height, width = self._shape[:2]
        (x, y), (last_x, last_y) = now.box.center, face.last.box.center
        zoom = now.box.width / face.last.box.width
        return (
            _is_present(keypoints)
            and 0 <= x <= width
            and 0 <= y <= height
            and np.hypot(x - last_x, y - last_y) <= LARGEST_MOVE * face.last.box.width
            and 1 / LARGEST_ZOOM <= zoom <= LARGEST_ZOOM
        )


def _is_present(keypoints: Keypoints) -> bool:
    return keypoints.presence is not None and keypoints.presence >= LEAST_PRESENCE


def _moved(face: _Face, points_px: NDArray[np.float32]) -> Detection:
    """The detected face, moved with its keypoints by the best similarity transform (shift, size and rotation).

    The box stays upright: it keeps its place relative to the keypoints. Complex numbers are points of the plane; a
    similarity transform multiplies by one and adds another.
    """
    before, now = _complex(face.points_px), _complex(points_px)
    origin, to = before.mean(), now.mean()
    spread = np.vdot(before - origin, before - origin).real
    factor = np.vdot(before - origin, now - to) / max(spread, 1e-6)
    box = face.detected.box
    center = to + factor * (complex(*box.center) - origin)
    half = complex(max(abs(factor), 1e-6) * complex(box.width, box.height) / 2)
    low, high = center - half, center + half
    landmarks = face.detected.landmarks_px
    if landmarks is not None:
        places = to + factor * (_complex(landmarks) - origin)
        landmarks = np.stack([places.real, places.imag], axis=1).astype(np.float32)
    return Detection("face", Box(low.real, low.imag, high.real, high.imag), face.detected.score, landmarks)


def _complex(points_px: NDArray[np.float32]) -> NDArray[np.complex128]:
    """Points ``(N, 2)`` as N complex numbers x + yi."""
    return points_px[:, 0].astype(np.float64) + 1j * points_px[:, 1].astype(np.float64)
