"""Runs are found wherever they lie, and each of their files is read, missing, or refused with a sentence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fizzog_core.errors import DataError, FizzogError
from fizzog_core.evaluation import runs
from fizzog_core.evaluation.runs import Run
from tests.support import training_runs


def run_in(folder: Path, task: str = "emotion") -> Run:
    return Run(task, folder.name, "kept", folder)


def test_finds_nothing_in_empty_or_missing_folders(tmp_path: Path) -> None:
    assert runs.discover(tmp_path, tmp_path / "missing") == ()


def test_finds_published_kept_and_training_runs(tmp_path: Path) -> None:
    found = runs.discover(*training_runs.everything(tmp_path))
    assert [run.key for run in found] == [
        "emotion.published.emotion",
        "keypoints.published.keypoints",
        "gesture.published.gesture",
        "emotion.kept.baseline_emotion_model_2",
        "emotion.training.emotion_residual",
    ]


def test_a_new_run_appears_and_an_empty_folder_does_not(tmp_path: Path) -> None:
    models, training = training_runs.everything(tmp_path)
    before = runs.discover(models, training)
    training_runs.write(models / "gesture" / "runs" / "new", None, training_runs.history("accuracy"), None)
    (models / "gesture" / "runs" / "empty").mkdir()
    added = set(runs.discover(models, training)) - set(before)
    assert [run.name for run in added] == ["new"]


@pytest.mark.parametrize(
    "read",
    [
        runs.card,
        runs.history,
        runs.predictions,
        runs.class_predictions,
        runs.layers,
        runs.latency,
        runs.tensorboard_folder,
    ],
)
def test_a_missing_file_is_none(tmp_path: Path, read) -> None:
    assert read(run_in(tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("card.json", b"", runs.card),
        ("history.csv", b"\x00\xff\xfe", runs.history),
        ("history.csv", b"a,b\n1,2\n", runs.history),
        ("history.csv", b"epoch,loss\n0,1\n", runs.history),
        ("predictions.parquet", b"", runs.predictions),
        ("predictions.parquet", b"PAR1 but no more", runs.class_predictions),
        ("layers.csv", b"name\nconv\n", runs.layers),
        ("latency.json", b"{", runs.latency),
        ("latency.json", b"[]", runs.latency),
        ("config.json", b"nonsense", runs.config),
    ],
)
def test_a_damaged_file_is_a_sentence(tmp_path: Path, name: str, content: bytes, read) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FizzogError, match=name.replace(".", r"\.")) as caught:
        read(run_in(tmp_path))
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(("metric", "best"), [("accuracy", 5), ("rmse_px", 5)])
def test_history_counts_from_one_and_knows_the_best_epoch(tmp_path: Path, metric: str, best: int) -> None:
    training_runs.write(tmp_path, None, training_runs.history(metric), None)
    found = runs.history(run_in(tmp_path))
    assert found is not None
    assert (found.metric, found.best_epoch, found.epochs["epoch"].tolist()) == (metric, best, [1, 2, 3, 4, 5, 6])
    assert found.best == found.epochs["val_metric"].max() if metric == "accuracy" else found.epochs["val_metric"].min()


def test_history_of_a_resumed_run_keeps_the_last_of_a_repeated_epoch(tmp_path: Path) -> None:
    table = training_runs.history("accuracy", 3)
    again = table.tail(1).assign(loss=9.0)
    training_runs.write(tmp_path, None, pd.concat([table, again]), None)
    found = runs.history(run_in(tmp_path))
    assert found is not None
    assert found.epochs["loss"].tolist()[-1] == 9.0
    assert len(found.epochs) == 3


def test_history_without_an_epoch_is_none(tmp_path: Path) -> None:
    training_runs.write(tmp_path, None, training_runs.history("accuracy").head(0), None)
    assert runs.history(run_in(tmp_path)) is None


def test_predictions_of_a_split_and_of_fewer_classes(tmp_path: Path) -> None:
    found = runs.class_predictions(run_in(training_runs.emotion(tmp_path)))
    assert found is not None
    private = found.where("split", "PrivateTest")
    assert len(private.y_true) == len(private.probabilities) == len(private.rows) == 105
    five = private.restricted_to(("surprise", "angry", "happy"))
    names = np.array(five.labels)[five.y_true]
    assert names.tolist() == five.rows["label"].tolist()
    np.testing.assert_allclose(five.probabilities.sum(axis=1), 1)
    raw = five.rows[["surprise", "angry", "happy"]].to_numpy()
    np.testing.assert_allclose(five.probabilities, raw / raw.sum(axis=1, keepdims=True))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows.drop(columns="happy"),
        lambda rows: rows.assign(label="joy"),
        lambda rows: rows.assign(happy=np.nan),
        lambda rows: rows.assign(happy=-1.0),
        lambda rows: rows.head(0),
    ],
)
def test_predictions_with_labels_outside_the_card_are_refused(tmp_path: Path, spoil) -> None:
    training_runs.emotion(tmp_path)
    path = tmp_path / "predictions.parquet"
    spoil(pd.read_parquet(path)).to_parquet(path)
    with pytest.raises(DataError, match="predictions"):
        runs.class_predictions(run_in(tmp_path))


def test_a_run_has_its_training_configuration(tmp_path: Path) -> None:
    found = {run.kind: run for run in runs.discover(*training_runs.everything(tmp_path)) if run.task == "emotion"}
    assert runs.config(found["published"]) == {"width": 8}
    assert runs.config(found["training"]) == {"width": 16}
    assert runs.config(found["kept"]) == {}
    assert runs.tensorboard_folder(found["training"]) == found["training"].folder / "tensorboard"
    layers = runs.layers(found["published"])
    assert layers is not None
    assert layers["inputs"].tolist()[:2] == ["", "pixels"]
