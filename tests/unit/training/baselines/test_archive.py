"""A kept run has both figures, is found by the training page, and leaves the served network alone."""

from pathlib import Path

import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.evaluation import baselines, runs
from fizzog_core.networks import model_card
from tests.support import tiny_data
from training import registry
from training.baselines import archive
from training.fit import train

pytestmark = pytest.mark.slow

DATA = {
    "baseline_emotion_model_1": tiny_data.emotion_data(63),
    "baseline_fizzog_keypoints": tiny_data.keypoint_data(60),
    "baseline_gesture_vgg16": tiny_data.hand_pictures("baseline_gesture_vgg16"),
}
HONEST = {
    "baseline_emotion_model_1": "privatetest_accuracy_6_classes",
    "baseline_fizzog_keypoints": "test_rmse_px",
    "baseline_gesture_vgg16": "test_balanced_accuracy",
}


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")  # tiny test splits miss some points
@pytest.mark.parametrize("name", DATA)
def test_a_kept_run_stands_beside_what_was_reported(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(train, "faster_policy", lambda *_: "float32")
    task, config = registry.find(name, smoke=True)
    run = train.train(task, config, DATA[name], tmp_path / name)
    archive.keep(run, DATA[name], tmp_path / "models")
    folder = tmp_path / "models" / config.task / "runs" / name
    assert not (tmp_path / "models" / config.task / model_card.CARD_FILE).exists()
    card = model_card.load(folder)
    ours = [found for found in runs.discover(tmp_path / "models", tmp_path / "none") if found.kind == "kept"]
    assert [found.name for found in ours] == [name]
    assert runs.history(ours[0]) is not None
    assert (runs.class_predictions(ours[0]) is None) == (config.task == "keypoints")
    line = baselines.reruns(config.task, ours).set_index("name")
    line = line[line["ours"].notna()].iloc[0]
    assert line["ours"] == pytest.approx(card.metrics[HONEST[name]].value)
    author = "author_split_rmse_px" if config.task == "keypoints" else "author_split_accuracy"
    assert line["ours_as_the_author_split"] == pytest.approx(card.metrics[author].value)
    assert np.isfinite([metric.value for key, metric in card.metrics.items() if "trained_on" in key]).all()
    assert {file.name for file in folder.iterdir()} == {"card.json", "history.csv", "predictions.parquet"}


def test_the_run_of_a_published_task_is_not_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(train, "faster_policy", lambda *_: "float32")
    task, config = registry.find("gesture_landmarks", smoke=True)
    run = train.train(task, config, tiny_data.gesture_data(), tmp_path / "run")
    with pytest.raises(DataError, match="of a baseline network"):
        archive.keep(run, DATA["baseline_gesture_vgg16"], tmp_path / "models")
    assert not (tmp_path / "models").exists()
