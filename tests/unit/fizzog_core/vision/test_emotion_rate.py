"""In a live stream emotions are read when faces are searched, and a face keeps its own one in between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fizzog_core import settings
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks, Predictor
from fizzog_core.types import FaceResult, Frame
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector, Mode

FRAMES = 9


class Watched:
    """A network that remembers the sizes of its batches. While ``trouble`` is set, it raises that."""

    def __init__(self, network: Predictor) -> None:
        self.card, self.row_shape, self.outputs = network.card, network.row_shape, network.outputs
        self.sizes: list[int] = []
        self.trouble: Exception | None = None
        self._network = network

    def predict(self, batch: np.ndarray) -> np.ndarray:
        self.sizes.append(len(batch))
        if self.trouble:
            raise self.trouble
        return self._network.predict(batch)


@pytest.fixture(scope="module")
def networks() -> Networks:
    return loading.load_all(settings.ROOT / "models")


@pytest.fixture
def emotion(networks: Networks) -> Watched:
    return Watched(networks.emotion)


@pytest.fixture
def scene(astronaut: Frame) -> Frame:
    """A face, and the same one darker, each 200 px wide."""
    face = astronaut[0:240, 100:300]
    return np.concatenate([face, face // 3], axis=1)


def analyzed(
    networks: Networks, emotion: Watched, scene: Frame, mode: Mode, per_s: float = 30
) -> list[tuple[FaceResult, ...]]:
    with Detector(mode) as detector, Analyzer(detector, replace(networks, emotion=emotion)) as analyzer:
        return [
            analyzer.analyze(np.roll(scene, index, axis=1), hands=False, time_s=index / per_s).faces or ()
            for index in range(FRAMES)
        ]


@pytest.mark.parametrize(
    ("mode", "per_s", "expected"), [("live", 30, [2] * 3), ("live", 4, [2] * FRAMES), ("video", 30, [2] * FRAMES)]
)
def test_emotions_are_read_when_faces_are_searched(
    networks: Networks, emotion: Watched, scene: Frame, mode: Mode, per_s: float, expected: list[int]
) -> None:
    frames = analyzed(networks, emotion, scene, mode, per_s)
    assert emotion.sizes == expected
    assert [len(faces) for faces in frames] == [2] * FRAMES


def test_a_followed_face_keeps_its_own_emotion(networks: Networks, emotion: Watched, scene: Frame) -> None:
    first, *others = analyzed(networks, emotion, scene, "live")
    assert first[0].emotion is not first[1].emotion
    for faces in others[:3]:
        assert [face.emotion for face in faces] == [face.emotion for face in first]


def test_after_a_failure_the_next_frame_reads_again(networks: Networks, emotion: Watched, scene: Frame) -> None:
    with Detector("live") as detector, Analyzer(detector, replace(networks, emotion=emotion)) as analyzer:
        emotion.trouble = RuntimeError("a failure")
        with pytest.raises(RuntimeError, match="a failure"):
            analyzer.analyze(scene, hands=False, time_s=0.0)
        emotion.trouble = None
        faces = analyzer.analyze(scene, hands=False, time_s=1 / 30).faces or ()
    assert [face.emotion is None for face in faces] == [False, False]
    assert emotion.sizes == [2, 2]
