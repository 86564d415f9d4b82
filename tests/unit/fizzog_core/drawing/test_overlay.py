from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fizzog_core.drawing import overlay, palette
from fizzog_core.labels import EMOTIONS, GESTURES
from fizzog_core.types import FaceResult, Frame, FrameResult, HandResult, Keypoints, Scores
from tests.support.fakes import make_face, make_hand

HAPPY = Scores(EMOTIONS, np.array([0, 0, 0, 0.93, 0, 0.07, 0], dtype=np.float32))
VICTORY = Scores(GESTURES, np.array([0, 0, 0, 1, 0], dtype=np.float32))


def result(*things: FaceResult | HandResult) -> FrameResult:
    return FrameResult(
        320,
        240,
        tuple(t for t in things if isinstance(t, FaceResult)),
        tuple(t for t in things if isinstance(t, HandResult)),
    )


@pytest.mark.parametrize("drawn", [FrameResult(320, 240), FrameResult(320, 240, faces=None, hands=None)])
def test_a_result_without_detections_draws_nothing(frame: Frame, drawn: FrameResult) -> None:
    picture = overlay.draw(frame, drawn)
    assert np.array_equal(picture, frame)
    assert not np.shares_memory(picture, frame)


def test_the_frame_is_left_alone_and_the_drawing_is_near_the_face(frame: Frame) -> None:
    before = frame.copy()
    picture = overlay.draw(frame, result(FaceResult(make_face(100, 80, 80), emotion=HAPPY)))
    assert np.array_equal(frame, before)
    assert picture.shape == frame.shape
    assert picture.dtype == np.uint8
    changed = np.argwhere((picture != frame).any(axis=2))
    assert changed.min(axis=0).tolist() >= [50, 90]
    assert changed.max(axis=0).tolist() <= [170, 190]


def test_the_colour_of_the_label_is_drawn(frame: Frame) -> None:
    picture = overlay.draw(frame, result(FaceResult(make_face(), emotion=HAPPY)))
    happy = np.array(palette.rgb(palette.EMOTION_COLORS["happy"]))
    assert (np.abs(picture.astype(int) - happy).max(axis=2) < 3).sum() > 100


def test_each_keypoint_is_a_light_dot_where_it_is() -> None:
    dark = np.zeros((240, 320, 3), dtype=np.uint8)
    points = np.array([(110 + 12 * (i % 5), 70 + 20 * (i // 5)) for i in range(15)], dtype=np.float32)
    picture = overlay.draw(dark, result(FaceResult(make_face(), Keypoints(points))))
    for x, y in points.astype(int):
        assert picture[y - 1 : y + 1, x - 1 : x + 1].mean() > 200


@pytest.mark.parametrize("shape", [(2, 2), (8, 300), (300, 8), (30, 40), (1200, 1600)])
def test_any_size_of_picture_and_a_box_over_its_border(shape: tuple[int, int]) -> None:
    blank = np.full((*shape, 3), 90, dtype=np.uint8)
    face = FaceResult(make_face(-20, -20, 60), Keypoints(np.full((15, 2), 5, np.float32)), HAPPY)
    picture = overlay.draw(blank, result(face, HandResult(make_hand(-10, shape[0] - 5), gesture=VICTORY)))
    assert picture.shape == blank.shape


def test_the_font_has_accents() -> None:
    shapes = set()
    for letter in "éàüñßœçŁžő…\uffff":
        picture = Image.new("L", (32, 32))
        ImageDraw.Draw(picture).text((2, 2), letter, 255, overlay.label_font(24))
        shapes.add(picture.tobytes())
    assert len(shapes) == 12
