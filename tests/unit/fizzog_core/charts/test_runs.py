"""Every chart of the training page becomes a valid Vega-Lite specification, from usual and from odd input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fizzog_core.charts import architecture, errors
from fizzog_core.charts import runs as run_charts
from fizzog_core.charts import scores as score_charts
from fizzog_core.drawing import palette
from fizzog_core.evaluation import baselines, curves, metrics, runs
from fizzog_core.labels import EMOTIONS, KEYPOINT_NAMES, TASKS
from tests.support import training_runs

RNG = np.random.default_rng(0)


@pytest.fixture
def found(tmp_path: Path) -> dict[str, runs.Run]:
    return {run.key: run for run in runs.discover(*training_runs.everything(tmp_path))}


def specification(chart) -> dict:
    """The chart as a dictionary that went through JSON and back; Altair checks it against Vega-Lite's schema."""
    found = json.loads(chart.to_json())
    assert found == json.loads(json.dumps(chart.to_dict()))
    assert found["$schema"].startswith("https://vega.github.io/schema/vega-lite")
    return found


def rows_of(chart) -> int:
    return sum(len(rows) for rows in specification(chart)["datasets"].values())


@pytest.fixture
def histories(found: dict[str, runs.Run]) -> dict[str, runs.History]:
    kept = [run for run in found.values() if run.task == "emotion"]
    return {run.title: history for run in kept if (history := runs.history(run))}


@pytest.mark.parametrize("column", ["loss", "metric"])
@pytest.mark.parametrize("logarithmic", [False, True])
@pytest.mark.parametrize("weight", [0.0, 0.9])
def test_curves(histories: dict[str, runs.History], column: str, logarithmic: bool, weight: float) -> None:
    table = run_charts.curve_table(histories, column, weight)
    assert table["best"].sum() == 2 * len(histories)
    assert rows_of(run_charts.curves(table, column, logarithmic)) == len(table)


def test_curves_mark_no_best_epoch_without_validation_values(histories: dict[str, runs.History]) -> None:
    table = run_charts.curve_table(histories, "loss")
    without = table.assign(raw=table["raw"].where(table["part"] == "training"))
    assert len(run_charts.curves(without, "loss").to_dict()["layer"]) == 3
    assert len(run_charts.curves(table, "loss").to_dict()["layer"]) == 4


def test_smoothing_is_a_moving_average_that_keeps_a_constant() -> None:
    values = pd.Series([1.0, 2.0, 4.0])
    pd.testing.assert_series_equal(run_charts.smoothed(values, 0), values)
    np.testing.assert_allclose(run_charts.smoothed(values, 0.5), [1, 5 / 3, (0.25 + 1 + 4) / 1.75])
    np.testing.assert_allclose(run_charts.smoothed(pd.Series([3.0] * 5), 0.9), 3)


def test_epoch_lines(histories: dict[str, runs.History]) -> None:
    assert rows_of(run_charts.epoch_lines(histories, "learning_rate", "rate")) == 6 + 4 + 3


@pytest.mark.parametrize("task", TASKS)
def test_comparison_has_a_line_for_each_figure(found: dict[str, runs.Run], task: str) -> None:
    table = baselines.comparison(task, found.values())
    drawn = specification(run_charts.comparison(table))
    figures = table.dropna(subset=["value"])
    lines = {(line["line"], line["value"]) for rows in drawn["datasets"].values() for line in rows}
    assert len(lines) == len(figures)


@pytest.mark.parametrize("order", metrics.ORDERS)
@pytest.mark.parametrize("normalised", [False, True])
def test_confusion(order: str, normalised: bool) -> None:
    counts = RNG.integers(0, 50, (7, 7))
    assert rows_of(score_charts.confusion(counts, EMOTIONS, normalised, order)) == 49


@pytest.mark.parametrize(
    ("order", "expected"),
    [("as labelled", [0, 1, 2, 3]), ("best first", [1, 2, 3, 0]), ("most rows first", [3, 2, 1, 0])],
)
def test_class_order(order: str, expected: list[int]) -> None:
    counts = np.array([[1, 0, 3, 0], [0, 6, 0, 0], [2, 0, 8, 0], [5, 5, 0, 13]])
    assert metrics.class_order(counts, order) == expected


def test_look_alikes_stand_together() -> None:
    counts = np.array([[8, 0, 5, 0], [0, 8, 0, 5], [5, 0, 8, 0], [0, 5, 0, 8]])
    order = metrics.class_order(counts, "look-alikes together")
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}


def test_score_charts_and_label_colours(found: dict[str, runs.Run]) -> None:
    answers = runs.class_predictions(found["emotion.published.emotion"])
    assert answers is not None
    scores = metrics.class_scores(answers.y_true, answers.y_pred, EMOTIONS)
    assert rows_of(score_charts.class_scores(scores, [*EMOTIONS, *metrics.AVERAGES])) == 27
    rocs = {label: curves.roc(answers.y_true == i, answers.probabilities[:, i]) for i, label in enumerate(EMOTIONS)}
    drawn = specification(score_charts.one_against_all(rocs, "roc"))
    colors = next(layer["encoding"]["color"] for layer in drawn["layer"] if "color" in layer["encoding"])
    assert colors["scale"]["range"] == [palette.EMOTION_COLORS[label] for label in EMOTIONS]
    recalls = {"happy": curves.precision_recall(answers.y_true == 3, answers.probabilities[:, 3])}
    specification(score_charts.one_against_all(recalls, "precision"))
    tables = {"as published": curves.reliability(answers.probabilities, answers.y_true)}
    specification(score_charts.reliability(tables))
    histogram = curves.confidence_histogram(answers.probabilities, answers.y_true)
    assert rows_of(score_charts.confidence_histogram(histogram, "wrong", 0.4)) == 20 + 1
    specification(score_charts.coverage(curves.coverage(answers.probabilities, answers.y_true), 0.8, 0.9))


@pytest.mark.parametrize("measure", ["rmse_px", "mean_px", "normalised_mean"])
def test_keypoint_charts(found: dict[str, runs.Run], measure: str) -> None:
    rows = runs.predictions(found["keypoints.published.keypoints"])
    assert rows is not None
    points = metrics.point_errors(rows, KEYPOINT_NAMES)
    assert rows_of(errors.point_bars(points, measure, "error")) == 15
    places = points.assign(x=RNG.uniform(0, 96, 15), y=RNG.uniform(0, 96, 15))
    assert rows_of(errors.mean_face(places, np.full((96, 96), 300.0), measure)) == 15 + 1
    groups = rows.rename(columns={"source": "group"})[["group", "normalised_error"]]
    specification(errors.cumulative_errors(groups))


def test_group_chart() -> None:
    table = metrics.group_scores(np.array(["x", "y", "x"]), np.array([True, False, True]))
    assert rows_of(errors.group_scores(table, "signer")) == 2


def test_network_charts(found: dict[str, runs.Run]) -> None:
    layers = runs.layers(found["emotion.published.emotion"])
    assert layers is not None
    table = architecture.drawn_layers(layers)
    assert table["side"].round(2).tolist() == [48, 48, 24, 24, 24, 24, 2.83, 2.65]
    assert architecture.shortcuts(table).to_numpy().tolist() == [[3, 6, 3]]
    specification(architecture.drawing(layers))
    specification(architecture.drawing(layers.head(2)))
    assert rows_of(architecture.costs(layers, "multiply_adds")) == 3
    latency = runs.latency(found["emotion.published.emotion"])
    assert latency is not None
    assert rows_of(architecture.latency(latency["calls"])) == 4


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("", "shape and arithmetic"),
        ("SeparableConv2D", "convolution"),
        ("BatchNormalization", "normalisation"),
        ("InputLayer", "input"),
        ("Softmax", "activation"),
        ("Dense", "dense"),
    ],
)
def test_family(kind: str, family: str) -> None:
    assert architecture.family(kind) == family
