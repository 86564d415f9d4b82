from __future__ import annotations

import numpy as np
import pytest

from fizzog_core.types import Detection, Frame
from fizzog_core.vision.bordered import find_with_border
from tests.support.fakes import make_hand


def test_detections_come_back_in_frame_pixels(frame: Frame) -> None:
    inside = make_hand(100, 60, 50)

    def find(wide: Frame) -> list[Detection]:
        assert wide.shape[:2] == (384, 512)  # a border of 0.3 sides on each side of (240, 320)
        return [inside.moved(offset_px=(96, 72))]

    (found,) = find_with_border(frame, find)
    assert found.box == inside.box
    assert found.landmarks_px == pytest.approx(inside.landmarks_px, abs=1e-3)
    assert found.handedness == "right"


def test_a_small_picture_is_enlarged_for_the_search() -> None:
    inside = make_hand(20, 30, 40)
    scale = 480 / 160  # of (80, 100) with a border of 0.3 sides

    def find(wide: Frame) -> list[Detection]:
        assert wide.shape == (384, 480, 3)
        return [inside.moved((scale, scale), (scale * 30, scale * 24))]

    (found,) = find_with_border(np.zeros((80, 100, 3), np.uint8), find)
    assert found.box.x1 == pytest.approx(inside.box.x1)
    assert found.landmarks_px == pytest.approx(inside.landmarks_px, abs=1e-3)
