"""Results of resized frames."""

import numpy as np
import pytest

from fizzog_core.drawing.resizing import resized
from fizzog_core.types import Box, FaceResult, FrameResult, HandResult, Keypoints
from tests.support.fakes import make_face, make_hand


def test_a_resized_result_has_its_coordinates_in_the_new_frame() -> None:
    face, hand = make_face(x=100, y=60, side=80), make_hand(x=200, y=120, side=60)
    keypoints = Keypoints(np.full((15, 2), 100, dtype=np.float32))
    result = resized(FrameResult(400, 200, (FaceResult(face, keypoints),), (HandResult(hand),)), 200, 50)
    assert result.faces
    assert result.hands
    (resized_face,), (resized_hand,) = result.faces, result.hands
    assert face.landmarks_px is not None
    assert hand.landmarks_px is not None
    assert (result.width, result.height) == (200, 50)
    assert resized_face.detection.box == Box(50, 15, 90, 35)
    assert resized_face.detection.landmarks_px == pytest.approx(face.landmarks_px * (0.5, 0.25))
    assert resized_hand.detection.landmarks_px == pytest.approx(hand.landmarks_px * (0.5, 0.25, 0.5))
    assert resized_face.keypoints is not None
    assert set(map(tuple, resized_face.keypoints.xy_px.tolist())) == {(50, 25)}


def test_what_was_not_searched_stays_so_when_resized() -> None:
    result = resized(FrameResult(400, 200, None, None), 200, 100)
    assert (result.faces, result.hands) == (None, None)
