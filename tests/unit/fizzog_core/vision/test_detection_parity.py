"""Compares the detector with stored results of MediaPipe's own graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.detection_parity import Frozen, Parity, again, frozen, parity

pytestmark = pytest.mark.slow

EVERY = {"samples/pictures": 2, "emotion_pictures": 8, "gestures": 8}
"""Every n-th picture is compared here; ``python -m benchmarks.accuracy.detection_parity compare`` takes them all."""
VIDEOS = ("samples/videos/mps_hand_test_video.mp4", "samples/videos/fr_short_hamilton_clip.mp4")


def result(faces: list[float] | None = None, hand_x: float | None = None) -> Frozen:
    """Faces at each x, 100 px wide, and at most one hand."""
    face_rows = [[x, 0, x + 100, 100, 0.9, *(np.arange(12) + x)] for x in faces or ()]
    hand_rows = [] if hand_x is None else [[0.9, 1, *(np.arange(63) + hand_x)]]
    as_rows = [np.array(rows, dtype=np.float32) for rows in (face_rows, hand_rows)]
    return Frozen("a", as_rows[0].reshape(-1, 17), as_rows[1].reshape(-1, 65))


@pytest.mark.parametrize(
    ("one", "other", "differ", "distance"),
    [
        ([], [], (), 0),
        ([result()], [result()], (), 0),
        ([result([0, 300])], [result([300, 0])], (), 0),
        ([result([0])], [result([2])], (), 0.02),
        ([result([0])], [result()], ("a",), 0),
        ([result([300, 0])], [result([304])], ("a",), 0.04),
        ([result(hand_x=5)], [result()], ("a",), 0),
    ],
)
def test_results_are_compared(one: list[Frozen], other: list[Frozen], differ: tuple[str, ...], distance: float) -> None:
    found = parity(one, other)
    assert found.counts_differ == differ
    assert found.face_landmarks_p99 == pytest.approx(distance, abs=1e-6)


@pytest.fixture(scope="module")
def pictures(shared_data: Path) -> Parity:
    stored = frozen()
    some = [s for prefix, step in EVERY.items() for s in [f for f in stored if f.name.startswith(prefix)][::step]]
    return parity(some, again(some, shared_data))


def test_pictures_have_the_same_faces_and_hands(pictures: Parity) -> None:
    assert pictures.pictures > 180
    assert pictures.faces > 150
    assert pictures.hands > 60
    assert pictures.counts_differ == ()


def test_landmarks_in_pictures_are_the_same(pictures: Parity) -> None:
    assert pictures.face_landmarks_p99 <= 1e-4
    assert pictures.hand_landmarks_p99 <= 1e-3
    assert pictures.other_handedness == 0


def test_hands_are_followed_alike(shared_data: Path) -> None:
    """A followed hand's square depends on its last landmarks, so that differences of rounding grow to some 1 %."""
    some = [stored for stored in frozen() if stored.name.startswith(VIDEOS)]
    found = parity(some, again(some, shared_data))
    assert found.hands > 50
    assert found.counts_differ == ()
    assert found.hand_landmarks_median <= 0.01
    assert found.other_handedness == 0
