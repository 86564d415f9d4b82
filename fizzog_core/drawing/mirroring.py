"""Flips a result horizontally, for drawing on a mirrored frame."""

from __future__ import annotations

import dataclasses

from fizzog_core.types import Box, Detection, FrameResult, Keypoints


def mirrored(result: FrameResult) -> FrameResult:
    """``result`` for the horizontally flipped frame. Coordinates are flipped; left and right stay the subject's own."""
    width = result.width
    faces, hands = result.faces, result.hands
    if faces is not None:
        faces = tuple(
            dataclasses.replace(
                face, detection=_mirrored(face.detection, width), keypoints=_mirrored_points(face.keypoints, width)
            )
            for face in reversed(faces)
        )
    if hands is not None:
        hands = tuple(dataclasses.replace(hand, detection=_mirrored(hand.detection, width)) for hand in reversed(hands))
    return dataclasses.replace(result, faces=faces, hands=hands)


def _mirrored(found: Detection, width: int) -> Detection:
    box, landmarks = found.box, found.landmarks_px
    if landmarks is not None:
        landmarks = landmarks.copy()
        landmarks[:, 0] = width - landmarks[:, 0]
    return dataclasses.replace(found, box=Box(width - box.x2, box.y1, width - box.x1, box.y2), landmarks_px=landmarks)


def _mirrored_points(keypoints: Keypoints | None, width: int) -> Keypoints | None:
    if keypoints is None:
        return None
    points = keypoints.xy_px.copy()
    points[:, 0] = width - points[:, 0]
    return Keypoints(points, keypoints.names)
