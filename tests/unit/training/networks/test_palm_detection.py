"""MediaPipe's palm detector, rebuilt."""

import keras
import numpy as np
import pytest

from fizzog_core.networks.litert import Program
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.anchors import anchor_points
from fizzog_core.vision.hand_detection import LIVE_PALM, PALM
from training.networks import palm_detection

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def float32() -> None:
    keras.config.set_dtype_policy("float32")


def test_at_its_own_resolution_it_answers_as_mediapipes_file() -> None:
    rows = np.random.default_rng(0).uniform(0, 1, (1, PALM.input_size, PALM.input_size, 3)).astype(np.float32)
    expected = Program(WEIGHTS / PALM.file)(rows)
    found = palm_detection.at(PALM.input_size).predict_on_batch(rows)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    assert np.abs(expected[0]).max() > 10


def test_the_rows_of_the_smaller_one_belong_to_its_anchors() -> None:
    boxes, logits = palm_detection.at(LIVE_PALM.input_size).outputs
    anchors = len(anchor_points(LIVE_PALM.input_size, LIVE_PALM.grids))
    assert (boxes.shape[1:], logits.shape[1:]) == ((anchors, 18), (anchors, 1))
