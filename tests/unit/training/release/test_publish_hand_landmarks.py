"""A published hand landmark network has the inputs and outputs of the one it stands for."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from fizzog_core.cli import doctor
from fizzog_core.errors import DataError
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.hand_landmarks import DEPTH_SCALE, LIVE_FILE, HandLandmarker
from fizzog_core.vision.sampling import enclosing_square, sample
from training.fit import configs
from training.fit.hand_landmarks import CONFIGS
from training.networks import hand_landmarks
from training.release import publish_hand_landmarks

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    network = hand_landmarks.build(160, 14, "lite")
    points = network.get_layer("points")
    points.set_weights([points.get_weights()[0], np.random.default_rng(0).uniform(0.1, 0.9, 63)])
    return network


@pytest.fixture(scope="module")
def published(network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published")
    run, out = root / "run", root / "detectors"
    run.mkdir()
    shutil.copytree(WEIGHTS, out)
    configs.write(run, CONFIGS["hand_landmarks_live"], "float32")
    network.save_weights(run / "best.weights.h5")
    publish_hand_landmarks.main(run, out)
    return out


def test_the_product_reads_what_the_network_predicts(network: keras.Model, published: Path) -> None:
    frame = np.random.default_rng(1).integers(0, 256, (300, 260, 3), dtype=np.uint8)
    square = enclosing_square(*frame.shape[:2])
    found = HandLandmarker(published / LIVE_FILE).predict(frame, square)
    row = network.predict_on_batch(sample(frame, square, 160)[None].astype(np.float32))[0]
    points = row[hand_landmarks.POINTS].reshape(21, 3)
    np.testing.assert_allclose(found.points_px[:, :2], square.to_frame(points[:, :2]), atol=0.01)
    np.testing.assert_allclose(found.points_px[:, 2], points[:, 2] * square.side, atol=0.01)
    assert DEPTH_SCALE < 1  # else the test would pass without the scale
    assert found.presence == pytest.approx(1 / (1 + np.exp(-row[hand_landmarks.PRESENCE])), abs=1e-4)
    assert found.right == pytest.approx(1 / (1 + np.exp(-row[hand_landmarks.RIGHT])), abs=1e-4)


def test_the_checksums_are_true_and_the_other_files_are_as_before(published: Path) -> None:
    assert doctor.detectors(published).passed
    names = [line.split()[1] for line in (published / "SHA256SUMS").read_text().splitlines()]
    assert names.count(LIVE_FILE) == 1
    for path in WEIGHTS.glob("*.tflite"):
        assert path.name == LIVE_FILE or (published / path.name).read_bytes() == path.read_bytes()


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not the folder of a"):
        publish_hand_landmarks.main(tmp_path, tmp_path)
