import json
from dataclasses import replace

import numpy as np
import pytest

from fizzog_core.errors import DataError
from tests.support import tiny_data
from training import commands, registry
from training.baselines import configs as baselines
from training.baselines.configs import BASELINES
from training.baselines.tasks import BASELINE
from training.evaluation.tasks import TASKS
from training.fit import configs, train
from training.fit.callbacks import finished_epochs
from training.networks import architectures

pytestmark = pytest.mark.slow

DATA = {
    "emotion_residual": tiny_data.emotion_data(),
    "keypoints_heatmap": tiny_data.keypoint_data(),
    "gesture_landmarks": tiny_data.gesture_data(),
    "hand_landmarks_live": tiny_data.hand_crops(),
}
TRAINED_BY_TEST_ARCHIVE = ("baseline_emotion_model_1", "baseline_fizzog_keypoints", "baseline_gesture_vgg16")
SOURCE_DATA = {
    "baseline_fizzog_emotion": tiny_data.emotion_data(63),
    "baseline_gesture_vgg16_backbone": tiny_data.hand_pictures("baseline_gesture_vgg16_backbone"),
    "baseline_gesture_vgg16": tiny_data.hand_pictures("baseline_gesture_vgg16"),
}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Choosing the number format builds two more networks; its own test does that."""
    monkeypatch.setattr(train, "faster_policy", lambda *_: "float32")


@pytest.mark.parametrize("name", DATA | SOURCE_DATA)
@pytest.mark.usefixtures("quick")
def test_one_epoch_leaves_a_whole_run(name: str, tmp_path) -> None:
    task, config = registry.find(name, smoke=True)
    run = train.train(task, config, (DATA | SOURCE_DATA)[name], tmp_path / "run")
    assert json.loads((run / "config.json").read_text())["policy"] == "float32"
    assert (run / "best.weights.h5").stat().st_size > 1000
    assert any((run / "tensorboard").rglob("events*"))
    header, line = (run / "history.csv").read_text().splitlines()
    record = dict(zip(header.split(","), line.split(","), strict=True))
    assert finished_epochs(run) == 1
    assert float(record["seconds"]) > 0
    assert np.isfinite(float(record[task.monitor(config) or "val_accuracy"]))


@pytest.mark.usefixtures("quick")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the stopped run's log stays open
def test_a_stopped_run_goes_on_with_the_next_epoch(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(configs.find("gesture_landmarks", smoke=True), epochs=3)
    seen: list[int] = []

    class Stop(train.keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None) -> None:
            if epoch == 2 and not seen:
                seen.append(epoch)
                raise KeyboardInterrupt

    plain = train.callbacks
    monkeypatch.setattr(train, "callbacks", lambda *given: [*plain(*given), Stop()])
    with pytest.raises(KeyboardInterrupt):
        train.train(TASKS[config.task], config, DATA["gesture_landmarks"], tmp_path)
    assert finished_epochs(tmp_path) == 2
    train.train(TASKS[config.task], config, DATA["gesture_landmarks"], tmp_path)
    assert finished_epochs(tmp_path) == 3
    assert [line.split(",")[0] for line in (tmp_path / "history.csv").read_text().splitlines()[1:]] == ["0", "1", "2"]


@pytest.mark.usefixtures("quick")
def test_a_run_stopped_short_of_its_epochs_keeps_its_backup_and_goes_on(tmp_path) -> None:
    config, data = (
        replace(baselines.find("baseline_gesture_vgg16", smoke=True), epochs=3),
        SOURCE_DATA["baseline_gesture_vgg16"],
    )
    train.train(BASELINE, config, data, tmp_path, epochs=1)
    assert finished_epochs(tmp_path) == 1
    assert any((tmp_path / "backup").iterdir())
    train.train(BASELINE, config, data, tmp_path, epochs=9)
    assert finished_epochs(tmp_path) == 3
    assert not (tmp_path / "backup").exists()


@pytest.mark.usefixtures("quick")
def test_the_rate_falls_when_the_authors_measure_stands_still(tmp_path) -> None:
    still = replace(
        baselines.find("baseline_gesture_vgg16", smoke=True),
        epochs=4, learning_rate=1e-30, patience=1, patience_measure="val_accuracy", factor=0.5,
    )  # fmt: skip
    train.train(BASELINE, still, SOURCE_DATA["baseline_gesture_vgg16"], tmp_path)
    header, *lines = (tmp_path / "history.csv").read_text().splitlines()
    rates = [float(line.split(",")[header.split(",").index("learning_rate")]) for line in lines]
    np.testing.assert_allclose(np.array(rates) / 1e-30, [1, 1, 0.5, 0.25])


@pytest.mark.usefixtures("quick")
def test_a_run_begins_with_the_best_weights_of_the_run_it_names(tmp_path) -> None:
    first = configs.find("emotion_residual", smoke=True)
    still = replace(first, learning_rate=0.0, weight_decay=0.0, start="emotion_residual")
    with pytest.raises(DataError, match=r"training train emotion_residual"):
        train.train(TASKS["emotion"], still, DATA["emotion_residual"], tmp_path / "alone")
    train.train(TASKS["emotion"], first, DATA["emotion_residual"], tmp_path / "emotion_residual")
    train.train(TASKS["emotion"], still, DATA["emotion_residual"], tmp_path / "again")
    before, after = (architectures.build(first) for _ in range(2))
    before.load_weights(tmp_path / "emotion_residual" / "best.weights.h5")
    after.load_weights(tmp_path / "again" / "best.weights.h5")
    for mine, theirs in zip(before.trainable_weights, after.trainable_weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.usefixtures("quick")
def test_a_folder_of_another_config_is_refused(tmp_path) -> None:
    config = configs.find("gesture_landmarks", smoke=True)
    train.train(TASKS[config.task], config, DATA["gesture_landmarks"], tmp_path)
    with pytest.raises(DataError, match="another config"):
        train.train(TASKS[config.task], replace(config, seed=9), DATA["gesture_landmarks"], tmp_path)


def test_added_rows_join_the_training_rows_only() -> None:
    own = replace(tiny_data.emotion_data(14), usage=np.zeros(14, np.uint8), votes=None)
    joined = DATA["emotion_residual"].extended(own)
    assert len(joined.emotion) == 42 + 14
    assert joined.votes is not None
    assert not joined.votes[42:].any()
    np.testing.assert_array_equal(joined.validation_rows(), DATA["emotion_residual"].validation_rows())
    hands = replace(tiny_data.gesture_data(8), split=np.array(["test", "validation", "test", *["train"] * 5]))
    before = len(DATA["gesture_landmarks"].training_rows())
    assert len(DATA["gesture_landmarks"].extended(hands).training_rows()) == before + 5


HELD_OUT = replace(tiny_data.emotion_data(14), usage=np.ones(14, np.uint8))


@pytest.mark.parametrize("extra", [tiny_data.gesture_data(), HELD_OUT])
def test_added_rows_of_another_kind_or_all_held_out_are_refused(extra) -> None:
    with pytest.raises(DataError, match="Expected"):
        DATA["emotion_residual"].extended(extra)


def test_training_and_validation_never_share_a_row_nor_touch_the_test_rows() -> None:
    for data in DATA.values():
        train_rows, validation = set(data.training_rows()), set(data.validation_rows())
        assert train_rows
        assert validation
        assert not train_rows & validation
    gestures = DATA["gesture_landmarks"]
    assert set(gestures.split[gestures.training_rows()]) == {"train"}


def test_every_source_network_has_a_smoke_run() -> None:
    tested = {BASELINES[name].network for name in (*SOURCE_DATA, *TRAINED_BY_TEST_ARCHIVE)}
    assert tested == {config.network for config in BASELINES.values()}


def test_without_validation_rows_there_is_a_sentence(tmp_path) -> None:
    data = replace(DATA["emotion_residual"], usage=np.zeros(42, np.uint8))
    with pytest.raises(DataError, match="validate"):
        train.train(*registry.find("emotion_residual", smoke=True), data, tmp_path)


@pytest.mark.parametrize("name", ["", "emotion"])
def test_an_unknown_config_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(DataError, match="emotion_residual"):
        registry.find(name)


def test_only_the_network_with_a_backbone_takes_its_weights(tmp_path) -> None:
    with pytest.raises(DataError, match="Only baseline_gesture_vgg16"):
        commands.train("baseline_emotion_model_1", tmp_path, backbone_weights="none")
