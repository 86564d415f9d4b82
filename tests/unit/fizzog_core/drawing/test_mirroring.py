"""Results of horizontally flipped frames."""

import numpy as np
import pytest

from fizzog_core.drawing.mirroring import mirrored
from fizzog_core.labels import KEYPOINT_NAMES
from fizzog_core.types import Detection, FrameResult, HandResult
from tests.support.fakes import make_hand
from tests.support.results import face


def test_flips_coordinates_and_keeps_left_and_right() -> None:
    left = Detection("hand", make_hand(10).box, 0.9, make_hand(10).landmarks_px, "left")
    raw = FrameResult(640, 480, faces=(face(x=100, side=80), face(x=400, side=80)), hands=(HandResult(left),))
    mirror = mirrored(raw)
    assert mirror.faces
    assert mirror.hands
    assert [f.detection.box.x1 for f in mirror.faces] == [160, 460]
    [one] = mirror.hands
    assert one.handedness == "left"
    assert (one.detection.box.x1, one.detection.box.x2) == (570, 630)
    first = mirror.faces[1]
    assert first.keypoints is not None
    assert first.keypoints.names == KEYPOINT_NAMES
    assert first.keypoints.xy_px[0, 0] == pytest.approx(540)
    again = mirrored(mirror)
    np.testing.assert_allclose((again.faces or ())[0].keypoints.xy_px, raw.faces[0].keypoints.xy_px, atol=1e-3)  # type: ignore


@pytest.mark.parametrize("part", ["faces", "hands"])
def test_none_stays_none(part: str) -> None:
    assert getattr(mirrored(FrameResult(640, 480, **{part: None})), part) is None  # type: ignore[arg-type]
