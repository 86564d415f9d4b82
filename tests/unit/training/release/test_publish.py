"""A publication replaces the whole folder of a task, or nothing of it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.evaluation import readmes, runs
from fizzog_core.networks import model_card
from tests.support import tiny_data
from training import registry
from training.baselines.tasks import BASELINE
from training.data.sets import Data
from training.evaluation import metrics, results
from training.evaluation.measured import ServedFile
from training.evaluation.tasks import TASKS
from training.fit import configs, train
from training.networks import architectures
from training.release import folders, profile, publish

pytestmark = pytest.mark.slow

DATA: dict[str, Data] = {
    "emotion_residual": tiny_data.emotion_data(63),
    "keypoints_heatmap": tiny_data.keypoint_data(),
    "gesture_landmarks": tiny_data.gesture_data(),
}
WRITTEN = {
    "README.md", "card.json", "history.csv", "latency.json", "layers.csv", "model.keras", "model.tflite",
    "predictions.parquet",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One dtype policy, and no measurement of latency in further processes."""
    monkeypatch.setattr(train, "faster_policy", lambda *_: "float32")
    monkeypatch.setattr(profile, "THREADS", ())


def trained(name: str, run: Path) -> Path:
    task, config = registry.find(name, smoke=True)
    return train.train(task, config, DATA[name], run)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``, by its path."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", DATA)
def test_the_published_folder_loads_and_agrees_with_its_card(name: str, tmp_path: Path) -> None:
    card = publish.publish(trained(name, tmp_path / "run"), DATA[name], tmp_path / "models")
    folder = tmp_path / "models" / card.task
    assert model_card.load(folder) == card
    assert {file.name for file in folder.iterdir()} == WRITTEN
    assert not list((tmp_path / "models").glob(".*"))
    again = TASKS[card.task].assessed(ServedFile(folder, card), DATA[name])
    for measure, metric in again.metrics.items():
        assert metric.value == pytest.approx(card.metrics[measure].value, abs=1e-6, nan_ok=True)


def test_a_second_publication_leaves_only_the_kept_runs_of_the_first(tmp_path: Path) -> None:
    run, folder = trained("gesture_landmarks", tmp_path / "run"), tmp_path / "models" / "gesture"
    publish.publish(run, DATA["gesture_landmarks"], tmp_path / "models")
    (folder / "held_out_sources.csv").write_text("of the first network")
    (folder / runs.LAYERS).write_text("of the first network")
    (folder / "runs" / "baseline").mkdir(parents=True)
    (folder / "runs" / "baseline" / "card.json").write_text("kept")
    publish.publish(run, DATA["gesture_landmarks"], tmp_path / "models")
    assert {file.name for file in folder.iterdir()} == WRITTEN | {"runs"}
    assert (folder / "runs" / "baseline" / "card.json").read_text() == "kept"
    assert (folder / runs.LAYERS).read_text() != "of the first network"


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (readmes, "published_readme"),
        (results, "write"),
        (profile, "write"),
        (folders, "exchange"),
        (shutil, "copytree"),
    ],
)
def test_a_failing_step_leaves_the_published_folder_byte_for_byte(
    module: object, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, models = trained("gesture_landmarks", tmp_path / "run"), tmp_path / "models"
    publish.publish(run, DATA["gesture_landmarks"], models)
    (models / "gesture" / "runs").mkdir()
    (models / "gesture" / "runs" / "card.json").write_text("kept")
    before = contents(models)

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(module, step, full)
    with pytest.raises(OSError, match="No space left"):
        publish.publish(run, DATA["gesture_landmarks"], models)
    assert contents(models) == before


def test_a_baseline_is_not_published(tmp_path: Path) -> None:
    task, config = registry.find("baseline_gesture_vgg16", smoke=True)
    assert task is BASELINE
    run = train.train(task, config, tiny_data.hand_pictures("baseline_gesture_vgg16"), tmp_path / "run")
    with pytest.raises(DataError, match="of a network to publish"):
        publish.publish(run, DATA["gesture_landmarks"], tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not the folder of a training run"):
        publish.publish(tmp_path, DATA["gesture_landmarks"], tmp_path / "models")


def test_calibration_leaves_the_predicted_labels_unchanged() -> None:
    data = DATA["emotion_residual"]
    network = architectures.build(configs.find("emotion_residual", smoke=True))
    inputs, _ = TASKS["emotion"].arrays(data, np.arange(20))
    before = network.predict_on_batch(inputs)
    temperature = publish.calibrate(network, TASKS["emotion"], data)
    after = network.predict_on_batch(inputs)
    np.testing.assert_array_equal(before.argmax(1), after.argmax(1))
    np.testing.assert_allclose(after, metrics.tempered(before, temperature), atol=1e-4)
    warm = replace(TASKS["emotion"], facts=replace(TASKS["emotion"].facts, lowest_temperature=7.0))
    assert publish.calibrate(network, warm, data) == 7.0
