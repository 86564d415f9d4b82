"""Every score against an independent computation: scikit-learn, plain loops, or the published cards and raw data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from fizzog_core import settings
from fizzog_core.evaluation import metrics as scoring
from fizzog_core.evaluation import runs
from fizzog_core.labels import EMOTIONS, KEYPOINT_NAMES
from tests.support.paths import ROOT
from tests.support.predictions import LABELS, SHARES, Y_PRED, Y_TRUE, K


def test_confusion_is_that_of_scikit_learn() -> None:
    np.testing.assert_array_equal(
        scoring.confusion(Y_TRUE, Y_PRED, K), metrics.confusion_matrix(Y_TRUE, Y_PRED, labels=range(K))
    )


@pytest.mark.parametrize("y_pred", [Y_PRED, np.zeros_like(Y_PRED)], ids=["usual", "one label only"])
def test_class_scores_are_those_of_scikit_learn(y_pred: np.ndarray) -> None:
    table = scoring.class_scores(Y_TRUE, y_pred, LABELS).pivot(index="label", columns="measure", values="value")
    for average, label in (("macro", "macro average"), ("weighted", "weighted average"), (None, list(LABELS))):
        found = metrics.precision_recall_fscore_support(
            Y_TRUE, y_pred, average=average, labels=range(K), zero_division=0
        )
        for measure, expected in zip(scoring.MEASURES, found[:3], strict=True):
            np.testing.assert_allclose(table.loc[label, measure], expected)


def test_intervals_hold_the_value_and_are_near_the_bootstrap_of_rows() -> None:
    table = scoring.class_scores(Y_TRUE, Y_PRED, LABELS, draws=2000).set_index(["label", "measure"])
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, len(Y_TRUE), len(Y_TRUE)) for _ in range(400)]
    values = [metrics.f1_score(Y_TRUE[rows], Y_PRED[rows], average="macro") for rows in drawn]
    found = table.loc[("macro average", "F1")]
    np.testing.assert_allclose([found["low"], found["high"]], np.percentile(values, [2.5, 97.5]), atol=0.012)


def test_resampling_groups_widens_the_interval() -> None:
    groups = np.repeat(np.arange(20), 20)
    y_pred = np.where(groups < 4, (Y_TRUE + 1) % K, Y_TRUE)  # four people who are always misread
    _, low, high = scoring.accuracy(Y_TRUE, y_pred)
    _, low_groups, high_groups = scoring.accuracy(Y_TRUE, y_pred, groups)
    assert high_groups - low_groups > 2 * (high - low)


@pytest.mark.parametrize(("right", "total", "low", "high"), [(0, 0, 0, 1), (0, 10, 0, 0.2775), (8, 10, 0.4902, 0.9433)])
def test_wilson(right: int, total: int, low: float, high: float) -> None:
    np.testing.assert_allclose(np.array(scoring.wilson(right, total)), [low, high], atol=1e-3)


def test_most_confident_errors_come_first() -> None:
    rows = np.arange(400) + 7
    table = scoring.most_confident_errors(rows, SHARES, Y_TRUE, LABELS, 10)
    wrong = (Y_PRED != Y_TRUE).nonzero()[0]
    assert table["confidence"].iloc[0] == SHARES[wrong].max()
    assert (table["label"] != table["answer"]).all()
    assert table["confidence"].is_monotonic_decreasing
    first = table["row"].iloc[0] - 7
    assert LABELS[Y_TRUE[first]] == table["label"].iloc[0]


def test_point_errors() -> None:
    rows = pd.DataFrame({"normalised_error": [0.1, 0.05], "p": [3.0, 4.0], "q": [5.0, np.nan], "r": [np.nan, np.nan]})
    table = scoring.point_errors(rows, ("p", "q", "r")).set_index("name")
    assert table.index.tolist() == ["p", "q"]
    assert table["faces"].tolist() == [2, 1]
    assert table.loc["p", "rmse_px"] == pytest.approx(np.sqrt((9 + 16) / 2 / 2))
    assert table.loc["p", "normalised_mean"] == pytest.approx((3 / 40 + 4 / 80) / 2)  # eyes 40 and 80 px apart
    assert table.loc["q", "mean_px"] == 5


def test_group_scores_begin_with_the_worst() -> None:
    table = scoring.group_scores(np.array(["x", "y", "x", "y"]), np.array([True, False, True, True]))
    assert table[["group", "rows", "wrong", "accuracy"]].to_numpy().tolist() == [["y", 2, 1, 0.5], ["x", 2, 0, 1.0]]


@pytest.fixture(params=["emotion", "gesture", "keypoints"])
def published(request: pytest.FixtureRequest) -> runs.Run:
    found = [run for run in runs.discover(ROOT / "models", ROOT / "none") if run.task == request.param]
    if not found or runs.predictions(found[0]) is None:
        pytest.skip(f"no {request.param} network is published")
    return found[0]


@pytest.fixture
def raw() -> Path:
    folder = settings.get().data or ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets are not on this machine")
    return folder


def test_published_confusion_and_card_follow_from_the_predictions(published: runs.Run) -> None:
    card = runs.card(published)
    assert card is not None
    if published.task == "keypoints":
        rows = runs.predictions(published)
        assert rows is not None
        rows = rows[rows["split"] == "test"]
        errors = rows[list(KEYPOINT_NAMES)].to_numpy()
        rmse = np.sqrt(np.nansum(errors**2) / (2 * np.isfinite(errors).sum()))
        assert rmse == pytest.approx(card.metrics["test_rmse_px"].value, abs=2e-3)
        return
    answers = runs.class_predictions(published)
    assert answers is not None
    split = "PrivateTest" if published.task == "emotion" else "test"
    here = answers.where("split", split)
    counts = metrics.confusion_matrix(here.y_true, here.y_pred, labels=range(len(here.labels)))
    np.testing.assert_array_equal(scoring.confusion(here.y_true, here.y_pred, len(here.labels)), counts)
    name = "privatetest_accuracy" if published.task == "emotion" else "test_balanced_accuracy"
    score = metrics.accuracy_score if published.task == "emotion" else metrics.balanced_accuracy_score
    assert score(here.y_true, here.y_pred) == pytest.approx(card.metrics[name].value, abs=6e-4)


def test_published_labels_are_those_of_the_raw_data(published: runs.Run, raw: Path) -> None:
    rows = runs.predictions(published)
    assert rows is not None
    if published.task == "emotion":
        with np.load(raw / "fer2013" / "labels.npz") as stored:
            labels, usage = stored["emotion"][rows["row"]], stored["usage"][rows["row"]]
        assert rows["label"].map(EMOTIONS.index).to_numpy().tolist() == labels.tolist()
        assert rows["split"].map(["Training", "PublicTest", "PrivateTest"].index).tolist() == usage.tolist()
        return
    if published.task == "gesture":
        table = pd.read_csv(raw / "gestures" / "manifest.csv").iloc[rows["row"]]
        names = {"A": "punch", "F": "super", "L": "loser", "V": "victory", "none": "none"}
        assert rows["label"].tolist() == table["gesture"].map(names).tolist()
        assert rows["signer"].tolist() == table["signer"].tolist()
    else:
        with np.load(raw / "keypoints" / "labels.npz") as stored:
            table = pd.DataFrame({"split": stored["split"], "source": stored["source"]}).iloc[rows["row"]]
        assert rows["source"].tolist() == table["source"].tolist()
    assert rows["split"].tolist() == table["split"].tolist()
