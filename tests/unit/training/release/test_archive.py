"""A kept run has both figures, is found by the training page, and leaves the served network alone."""

from pathlib import Path

import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.evaluation import baselines, runs
from fizzog_core.networks import model_card
from tests.support import tiny_data
from training.evaluation import evaluate
from training.fit import configs, train
from training.release import archive

pytestmark = pytest.mark.slow

DATA = {
    "emotion_model_1": tiny_data.emotion_data(63),
    "fizzog_keypoints": tiny_data.keypoint_data(60),
    "gesture_vgg16": tiny_data.hand_pictures("gesture_vgg16"),
}
HONEST = {
    "emotion_model_1": "privatetest_accuracy_6_classes",
    "fizzog_keypoints": "test_rmse_px",
    "gesture_vgg16": "test_balanced_accuracy",
}


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")  # tiny test splits miss some points
@pytest.mark.parametrize("name", DATA)
def test_a_kept_run_stands_beside_what_was_reported(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(train, "faster_policy", lambda config, batch: "float32")
    config = configs.find(name, smoke=True)
    run = train.train(config, DATA[name], tmp_path / name)
    archive.keep(run, DATA[name], tmp_path / "models")
    folder = tmp_path / "models" / config.task / "runs" / name
    assert not (tmp_path / "models" / config.task / model_card.CARD_FILE).exists()
    card = model_card.load(folder)
    ours = [found for found in runs.discover(tmp_path / "models", tmp_path / "none") if found.kind == "kept"]
    assert [found.name for found in ours] == [name]
    assert runs.history(ours[0]) is not None
    assert (runs.answers(ours[0]) is None) == (config.task == "keypoints")
    line = baselines.reruns(config.task, ours).set_index("name")
    line = line[line["ours"].notna()].iloc[0]
    assert line["ours"] == pytest.approx(card.metrics[HONEST[name]].value)
    author = "author_split_rmse_px" if config.task == "keypoints" else "author_split_accuracy"
    assert line["ours_as_the_author_split"] == pytest.approx(card.metrics[author].value)
    assert np.isfinite([metric.value for key, metric in card.metrics.items() if "trained_on" in key]).all()
    assert (folder / model_card.NETWORK_FILE).exists() == (name == "emotion_model_1")
    if name == "emotion_model_1":
        model_card.network_path(folder, card)


def test_a_served_networks_run_is_published_and_a_source_run_is_not(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(train, "faster_policy", lambda config, batch: "float32")
    served = train.train(configs.find("gesture_landmarks", smoke=True), tiny_data.gesture_data(), tmp_path / "served")
    with pytest.raises(DataError, match="--publish"):
        archive.keep(served, DATA["gesture_vgg16"], tmp_path / "models")
    source = train.train(configs.find("gesture_vgg16", smoke=True), DATA["gesture_vgg16"], tmp_path / "source")
    with pytest.raises(DataError, match="--keep"):
        evaluate.publish(source, DATA["gesture_vgg16"], tmp_path / "models")  # type: ignore[arg-type]
    assert not (tmp_path / "models").exists()
