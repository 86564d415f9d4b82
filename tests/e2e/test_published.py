"""Compares the published networks with their cards, on the data sets."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from fizzog_core.evaluation.runs import SOURCE_PREDICTIONS
from fizzog_core.labels import GESTURES, KEYPOINT_NAMES, TASKS
from fizzog_core.networks import loading, model_card
from fizzog_core.settings import ROOT
from training.data.expressions import cut, load_expressions
from training.data.sets import Usage, as_input, load_emotion, load_gestures, load_keypoints
from training.evaluation import assess, metrics, two_heads
from training.fit.batches import keypoint_arrays
from training.networks import two_headed

MODELS = ROOT / "models"
ROWS = 500


def confirms(metric: model_card.Metric, part: model_card.Metric) -> bool:
    """Whether a figure of some rows agrees with the card's: the intervals overlap."""
    return part.low <= metric.high and metric.low <= part.high


def test_emotion_accuracy_on_fixed_rows_of_fer2013(shared_data: Path) -> None:
    data, folder = load_emotion(shared_data / "fer2013"), MODELS / "emotion"
    card, head = model_card.load(folder), two_headed.load_head(folder)
    assert head is not None
    served = keras.saving.load_model(model_card.network_path(folder, card), compile=False)
    rows = np.random.default_rng(0).permutation(np.flatnonzero(data.usage == Usage.PRIVATE_TEST))[:ROWS]
    answers = assess.predict(two_heads.Heads(served, head).fer2013, as_input(data.pixels[rows], card.input_size))
    right = answers.argmax(1) == data.emotion[rows]
    part = metrics.interval(lambda r: float(right[r].mean()), np.arange(ROWS), "PrivateTest")
    assert confirms(card.metrics["privatetest_accuracy"], part)
    stored = pd.read_parquet(folder / "predictions.parquet").query("split == 'PrivateTest'").set_index("row")
    np.testing.assert_allclose(answers, stored.loc[rows, list(card.labels)], atol=1e-3)


def test_served_emotions_on_fixed_rows_of_the_other_sources(shared_data: Path) -> None:
    network, data = loading.load(MODELS / "emotion"), load_expressions(shared_data / "expressions")
    rows = np.random.default_rng(0).permutation(np.flatnonzero(data.split == "test"))[:ROWS]
    faces = cut(data, rows, network.card.crop_geometry, network.card.input_size)
    answers = network.predict(faces[..., None].astype(np.float32))
    stored = pd.read_parquet(MODELS / "emotion" / SOURCE_PREDICTIONS).set_index("row").loc[rows]
    np.testing.assert_allclose(answers, stored[list(network.card.labels)], atol=1e-3)
    assert stored["label"].tolist() == [network.card.labels[i] for i in data.emotion[rows]]


def test_no_row_of_a_test_split_was_trained_on(shared_data: Path) -> None:
    data = load_expressions(shared_data / "expressions")
    known = data.subject != ""
    people = {
        split: set(zip(data.source[here], data.subject[here], strict=True))
        for split in ("train", "test")
        for here in [known & (data.split == split)]
    }
    assert not people["train"] & people["test"]


def test_keypoint_error_on_fixed_rows(shared_data: Path) -> None:
    network, data = loading.load(MODELS / "keypoints"), load_keypoints(shared_data / "keypoints")
    rows = np.random.default_rng(0).permutation(np.flatnonzero(data.split == "test"))[:ROWS]
    pixels, target = keypoint_arrays(data, rows)
    points = network.predict(pixels)[:, : 2 * len(KEYPOINT_NAMES)]  # the last column is the presence measure
    truth, points = (a.reshape(-1, len(KEYPOINT_NAMES), 2) * 96 for a in (target, points))
    part = metrics.interval(
        lambda r: metrics.root_mean_square(truth[r], points[r]), data.subject[rows], "test", "px of 96"
    )
    assert confirms(network.card.metrics["test_rmse_px"], part)
    assert part.value < 2.5


def test_gesture_accuracy_of_every_test_signer(shared_data: Path) -> None:
    network, data = loading.load(MODELS / "gesture"), load_gestures(shared_data / "gestures")
    rows = np.flatnonzero((data.split == "test") & data.found)
    answers = network.predict(data.landmarks_px[rows]).argmax(1)
    found = metrics.balanced_accuracy(data.gesture[rows], answers, len(GESTURES))
    assert found == pytest.approx(network.card.metrics["test_balanced_accuracy"].value, abs=0.01)


@pytest.mark.parametrize("task", TASKS)
def test_the_files_beside_a_card_say_the_same(task: str) -> None:
    folder = MODELS / task
    card = model_card.load(folder)
    assert model_card.network_path(folder, card).stat().st_size <= 25e6
    assert {"history.csv", "predictions.parquet", "layers.csv", "latency.json", "README.md"} <= {
        file.name for file in folder.iterdir()
    }
    assert all(metric.low <= metric.value <= metric.high for metric in card.metrics.values())
