"""Compares the published networks with their cards, on the data sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fizzog_core.labels import TASKS
from fizzog_core.networks import loading, model_card
from fizzog_core.settings import ROOT
from training.data.sets import load_emotion, load_gestures, load_keypoints
from training.evaluation import metrics
from training.fit.batches import keypoint_arrays

MODELS = ROOT / "models"
ROWS = 500


def confirms(metric: model_card.Metric, part: model_card.Metric) -> bool:
    """Whether a figure of some rows agrees with the card's: the intervals overlap."""
    return part.low <= metric.high and metric.low <= part.high


def test_emotion_accuracy_on_fixed_rows(shared_data: Path) -> None:
    network, data = loading.load(MODELS / "emotion"), load_emotion(shared_data / "fer2013")
    rows = np.random.default_rng(0).permutation(np.flatnonzero(data.usage == 2))[:ROWS]
    answers = network.predict(data.pixels[rows][..., None].astype(np.float32)).argmax(1)
    right = answers == data.emotion[rows]
    part = metrics.interval(lambda r: float(right[r].mean()), np.arange(ROWS), "PrivateTest")
    assert confirms(network.card.metrics["privatetest_accuracy"], part)
    assert part.value > 0.5


def test_keypoint_error_on_fixed_rows(shared_data: Path) -> None:
    network, data = loading.load(MODELS / "keypoints"), load_keypoints(shared_data / "keypoints")
    rows = np.random.default_rng(0).permutation(np.flatnonzero(data.split == "test"))[:ROWS]
    pixels, target = keypoint_arrays(data, rows)
    truth, points = (a.reshape(-1, 15, 2) * 96 for a in (target, network.predict(pixels)))
    part = metrics.interval(
        lambda r: metrics.root_mean_square(truth[r], points[r]), data.subject[rows], "test", "px of 96"
    )
    assert confirms(network.card.metrics["test_rmse_px"], part)
    assert part.value < 2.5


def test_gesture_accuracy_of_every_test_signer(shared_data: Path) -> None:
    network, data = loading.load(MODELS / "gesture"), load_gestures(shared_data / "gestures")
    rows = np.flatnonzero((data.split == "test") & data.found)
    answers = network.predict(data.landmarks_px[rows]).argmax(1)
    found = metrics.balanced_accuracy(data.gesture[rows], answers, 5)
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
