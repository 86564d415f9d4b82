from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from fizzog_core import settings
from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.predictor import Networks, Predictor
from fizzog_core.types import Detection, Frame
from fizzog_core.vision import crops
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector
from tests.support.fakes import FakeDetector, make_face, make_hand


class Counting:
    """A network that remembers the sizes of its batches."""

    def __init__(self, network: Predictor) -> None:
        self.card, self.row_shape, self.outputs = network.card, network.row_shape, network.outputs
        self.sizes: list[int] = []
        self._network = network

    def predict(self, batch: np.ndarray) -> np.ndarray:
        self.sizes.append(len(batch))
        return self._network.predict(batch)


@pytest.mark.parametrize(("faces", "hands"), [(0, 0), (1, 0), (0, 2), (3, 1), (5, 4)])
def test_one_batch_a_network_and_all_in_order(tiny_networks: Networks, frame: Frame, faces: int, hands: int) -> None:
    detector = FakeDetector(
        tuple(make_face(40.0 * i) for i in range(faces)), tuple(make_hand(50.0 * i) for i in range(hands))
    )
    counting = [
        Counting(network) for network in (tiny_networks.keypoints, tiny_networks.emotion, tiny_networks.gesture)
    ]
    result = Analyzer(detector, Networks(*counting)).analyze(frame)  # type: ignore[arg-type]
    assert [network.sizes for network in counting] == [[faces], [faces], [hands]]
    assert [face.detection for face in result.faces or ()] == list(detector.faces)
    assert [hand.detection for hand in result.hands or ()] == list(detector.hands)
    assert (result.width, result.height) == (320, 240)
    assert list(result.stage_ms) == ["find_faces", "keypoints", "emotion", "find_hands", "gesture"]
    assert min(result.stage_ms.values()) >= 0


def test_results_are_the_networks_outputs_for_the_crops_of_the_cards(tiny_networks: Networks, frame: Frame) -> None:
    face, hand = make_face(), make_hand()
    result = Analyzer(FakeDetector((face,), (hand,)), tiny_networks).analyze(frame)  # type: ignore[arg-type]
    assert result.faces and result.hands  # noqa: PT018
    card = tiny_networks.keypoints.card
    crop = crops.cut(frame, face, card.crop_geometry, card.input_size)
    points = tiny_networks.keypoints.predict(preprocessing.to_batch([crop], card))[0, :30].reshape(15, 2)
    assert result.faces[0].keypoints is not None
    assert result.faces[0].keypoints.xy_px == pytest.approx(crop.to_frame(points), abs=1e-3)
    assert hand.landmarks_px is not None
    gesture = tiny_networks.gesture.predict(hand.landmarks_px[None])[0]
    assert result.hands[0].gesture is not None
    assert result.hands[0].gesture.probabilities == pytest.approx(gesture, abs=1e-5)
    assert result.hands[0].handedness == "right"


def test_a_disabled_search_does_not_run(tiny_networks: Networks, frame: Frame) -> None:
    detector = FakeDetector((make_face(),), (make_hand(),))
    analyzer = Analyzer(detector, tiny_networks)  # type: ignore[arg-type]
    only_faces = analyzer.analyze(frame, hands=False)
    assert only_faces.hands is None
    assert len(only_faces.faces or ()) == 1
    only_hands = analyzer.analyze(frame, faces=False)
    assert only_hands.faces is None
    assert list(only_hands.stage_ms) == ["find_hands", "gesture"]
    assert (detector.face_calls, detector.hand_calls) == (1, 1)


def test_faces_and_hands_are_detected_at_the_same_time(tiny_networks: Networks, frame: Frame) -> None:
    both = threading.Barrier(2, timeout=20)

    class Meeting(FakeDetector):
        def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
            both.wait()
            return super().find_faces(frame)

        def find_hands(self, frame: Frame, time_s: float | None = None) -> tuple[Detection, ...]:
            both.wait()
            return super().find_hands(frame, time_s)

    result = Analyzer(Meeting((make_face(),), (make_hand(),)), tiny_networks).analyze(frame)  # type: ignore[arg-type]
    assert (len(result.faces or ()), len(result.hands or ())) == (1, 1)


def test_a_failure_with_the_faces_waits_for_the_hands(tiny_networks: Networks, frame: Frame) -> None:
    done = []

    class Failing(FakeDetector):
        def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
            raise RuntimeError("no faces today")

        def find_hands(self, frame: Frame, time_s: float | None = None) -> tuple[Detection, ...]:
            time.sleep(0.05)
            done.append(True)
            return ()

    with pytest.raises(RuntimeError, match="no faces today"):
        Analyzer(Failing(), tiny_networks).analyze(frame)  # type: ignore[arg-type]
    assert done


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
    ],
)
def test_what_is_no_frame_is_refused(tiny_networks: Networks, wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a frame"):
        Analyzer(FakeDetector(), tiny_networks).analyze(wrong)  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_published_networks_read_the_astronaut(picture_detector: Detector, astronaut: Frame) -> None:
    networks = loading.load_all(settings.ROOT / "models")
    result = Analyzer(picture_detector, networks).analyze(astronaut)
    assert result.faces is not None
    assert len(result.faces) == 1
    face = result.faces[0]
    assert face.emotion is not None
    assert face.emotion.label == "happy"
    assert face.keypoints is not None
    points = dict(zip(face.keypoints.names, face.keypoints.xy_px, strict=True))
    assert points["left_eye_center"][0] > points["right_eye_center"][0]
    assert points["mouth_center_bottom_lip"][1] > points["nose_tip"][1] > points["left_eye_center"][1]
    assert result.hands == ()


@pytest.mark.slow
def test_the_published_folder_is_where_the_settings_say(tiny_models: Path, set_fizzog) -> None:
    set_fizzog(models=tiny_models)
    assert loading.load_all(settings.get().models).emotion.card.name == "tiny emotion"


def test_a_closed_analyzer_refuses_frames(tiny_networks: Networks, frame: Frame) -> None:
    with Analyzer(FakeDetector((make_face(),)), tiny_networks) as analyzer:  # type: ignore[arg-type]
        analyzer.analyze(frame)
    analyzer.close()
    with pytest.raises(RuntimeError):
        analyzer.analyze(frame)


def test_stage_times_contain_the_wait_for_the_outputs(tiny_networks: Networks, frame: Frame) -> None:
    class Slow(Counting):
        """Completes a batch after 50 ms, as an engine with other clients does."""

        def predict(self, batch: np.ndarray) -> np.ndarray:
            time.sleep(0.05)
            return super().predict(batch)

    keypoints, emotion = Slow(tiny_networks.keypoints), Slow(tiny_networks.emotion)
    slow = Networks(keypoints, emotion, tiny_networks.gesture)
    with Analyzer(FakeDetector((make_face(),)), slow) as analyzer:  # type: ignore[arg-type]
        stages = analyzer.analyze(frame, hands=False).stage_ms
    assert stages["keypoints"] >= 50
    assert stages["emotion"] >= 50
