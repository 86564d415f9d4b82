import numpy as np
import pytest
from sklearn.metrics import f1_score

from training.evaluation import metrics

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 5, 300)


def test_recall_and_f1_of_counted_rows() -> None:
    labels, predicted = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 0])
    assert metrics.balanced_accuracy(labels, predicted, 2) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics.macro_f1(labels, predicted, 2) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics.macro_f1(np.array([0, 0]), np.array([0, 0]), 2) == 0.5


def test_a_class_without_rows_does_not_count() -> None:
    assert metrics.balanced_accuracy(np.array([0, 0]), np.array([0, 1]), 3) == 0.5


def test_a_missed_hand_is_never_right() -> None:
    named = metrics.missed_as_errors(LABELS, LABELS, np.arange(300) < 100, 5)
    np.testing.assert_array_equal(named == LABELS, np.arange(300) >= 100)


@pytest.mark.parametrize(
    ("confidence", "right", "error"), [(1.0, 1.0, 0.0), (1.0, 0.0, 1.0), (0.8, 0.8, 0.0), (0.9, 0.5, 0.4)]
)
def test_calibration_error_of_known_gaps(confidence: float, right: float, error: float) -> None:
    probabilities = np.tile([confidence, 1 - confidence], (1000, 1))
    labels = (np.arange(1000) >= 1000 * right).astype(int)
    assert metrics.expected_calibration_error(probabilities, labels) == pytest.approx(error, abs=1e-9)


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
def test_temperature_is_found_again(truth: float) -> None:
    rng = np.random.default_rng(1)
    honest = rng.dirichlet(np.ones(4), 20_000)
    labels = (honest.cumsum(1) < rng.random((20_000, 1))).sum(1).clip(0, 3)
    assert metrics.fit_temperature(metrics.tempered(honest, 1 / truth), labels) == pytest.approx(truth, rel=0.05)


@pytest.mark.parametrize(("wanted", "kept"), [(0.0, 100), (0.5, 100), (0.75, 66), (1.0, 50)])
def test_rejection_threshold_keeps_as_many_as_reach_the_share(wanted: float, kept: int) -> None:
    top = np.linspace(0.99, 0.5, 100)
    labels = (np.arange(100) >= 50).astype(int)  # the surest 50 are right, the others wrong
    threshold = metrics.rejection_threshold(np.column_stack([top, 1 - top]), labels, wanted)
    assert (top >= threshold - 5e-4).sum() == pytest.approx(kept, abs=1)


def test_macro_f1_is_scikit_learns() -> None:
    rng = np.random.default_rng(2)
    labels, predicted = rng.integers(0, 6, (2, 200))  # the seventh class has no row
    expected = f1_score(labels, predicted, labels=range(7), average="macro", zero_division=0)
    assert metrics.macro_f1(labels, predicted, 7) == pytest.approx(expected)
    assert metrics.macro_f1(labels, labels, 6) == 1


def test_interval_draws_whole_groups() -> None:
    values = np.repeat([0.0, 1.0], 500)
    rows = metrics.interval(lambda r: float(values[r].mean()), np.arange(1000), "test")
    people = metrics.interval(lambda r: float(values[r].mean()), np.repeat([0, 1], 500), "test")
    assert rows.value == people.value == 0.5
    assert 0.45 < rows.low < rows.high < 0.55
    assert (people.low, people.high) == (0.0, 1.0)


def test_point_measures_ignore_what_is_not_annotated() -> None:
    target = np.zeros((2, 15, 2))
    target[:, 0] = [10, 0]
    target[0, 5] = np.nan
    points = target + np.array([3, 4])
    points[0, 5] = 1e6
    assert metrics.root_mean_square(target, points) == pytest.approx(np.sqrt((9 + 16) / 2))
    np.testing.assert_allclose(metrics.normalised_errors(target, points), 0.5)
    assert np.isnan(metrics.point_errors(target, points)).sum() == 1
