"""Resizes a result, for drawing on a frame of another size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fizzog_core.types import FaceResult, FrameResult


def resized(result: FrameResult, width: int, height: int) -> FrameResult:
    """``result`` for the frame resized to ``width`` and ``height``."""
    scale = width / result.width, height / result.height

    def resized_face(face: FaceResult) -> FaceResult:
        points = face.keypoints
        points = points and replace(points, xy_px=(points.xy_px * np.array(scale)).astype(np.float32))
        return replace(face, detection=face.detection.moved(scale), keypoints=points)

    faces = result.faces and tuple(resized_face(face) for face in result.faces)
    hands = result.hands and tuple(replace(hand, detection=hand.detection.moved(scale)) for hand in result.hands)
    return replace(result, width=width, height=height, faces=faces, hands=hands)
