import json

import keras
import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.networks import model_card
from tests.support import tiny_data
from training.data.sets import EmotionData, load_emotion, load_gestures, load_keypoints
from training.evaluation import evaluate, results
from training.fit import configs, train
from training.networks import architectures

pytestmark = pytest.mark.slow

DATA = {
    "emotion_residual": tiny_data.emotion_data(63),
    "keypoints_heatmap": tiny_data.keypoint_data(),
    "gesture_landmarks": tiny_data.gesture_data(),
}


@pytest.mark.parametrize("name", DATA)
def test_publishing_writes_a_folder_that_loads_and_agrees_with_its_card(name: str, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(train, "faster_policy", lambda config, batch: "float32")
    run = train.train(configs.find(name, smoke=True), DATA[name], tmp_path / "run")
    card = evaluate.publish(run, DATA[name], tmp_path / "models")
    folder = tmp_path / "models" / card.task
    assert model_card.load(folder) == card
    assert {"card.json", "history.csv", "metrics.json", "model.keras", "predictions.parquet"} <= {
        file.name for file in folder.iterdir()
    }
    assert not list((tmp_path / "models").glob(".*"))
    network = keras.saving.load_model(model_card.network_path(folder, card), compile=False)
    again = evaluate.assess.ASSESS[card.task](network, DATA[name])
    for measure, metric in again.metrics.items():
        assert metric.value == pytest.approx(card.metrics[measure].value, abs=1e-6, nan_ok=True)
    assert json.loads((folder / "metrics.json").read_text()).keys() == card.metrics.keys()


def test_a_folder_without_a_run_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="not the folder of a training run"):
        results.network_of(tmp_path)


def test_calibration_leaves_the_answers_alone() -> None:
    data = DATA["emotion_residual"]
    network = architectures.build(configs.find("emotion_residual", smoke=True))
    inputs, _ = train.plain_arrays(data, np.arange(20))
    before = network.predict_on_batch(inputs)
    temperature = evaluate.calibrate(network, data)
    after = network.predict_on_batch(inputs)
    np.testing.assert_array_equal(before.argmax(1), after.argmax(1))
    np.testing.assert_allclose(after, evaluate.measures.tempered(before, temperature), atol=1e-4)
    assert evaluate.calibrate(network, data, lowest=7.0) == 7.0


def test_stored_data_comes_back(tmp_path) -> None:
    DATA["emotion_residual"].save(tmp_path / "fer.npz")
    back = load_emotion(tmp_path / "fer.npz")
    assert isinstance(back, EmotionData)
    np.testing.assert_array_equal(back.pixels, DATA["emotion_residual"].pixels)
    with pytest.raises(DataError, match="not a data file"):
        load_keypoints(tmp_path / "fer.npz")


@pytest.mark.parametrize("load", [load_emotion, load_keypoints, load_gestures])
def test_an_empty_folder_is_no_data(load, tmp_path) -> None:
    with pytest.raises(DataError, match=r"expected an \.npz"):
        load(tmp_path)
