"""A phone's panorama is reduced before detection and keeps its faces."""

import cv2
import numpy as np
import pytest

from fizzog_core.types import Frame
from fizzog_core.vision.detector import Detector


@pytest.mark.slow
@pytest.mark.parametrize(("face_px", "count"), [(0, 0), (208, 3), (416, 3)])
def test_faces_of_a_panorama(face_px: int, count: int, astronaut: Frame) -> None:
    panorama = np.full((2900, 16_382, 3), 128, np.uint8)
    if face_px:
        picture = cv2.resize(astronaut, None, fx=face_px / 104, fy=face_px / 104)  # the astronaut's face has 104 px
        side = picture.shape[0]
        for x in (200, (16_382 - side) // 2, 16_182 - side):
            panorama[(2900 - side) // 2 :][:side, x : x + side] = picture
    with Detector("image") as detector:
        faces = detector.find_faces(panorama)
    assert len(faces) == count
    assert all(face.box.width == pytest.approx(face_px, rel=0.15) for face in faces)
