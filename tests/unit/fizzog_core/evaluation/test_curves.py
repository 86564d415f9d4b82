"""Every curve against scikit-learn or a plain loop."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from fizzog_core.evaluation import curves
from tests.support.predictions import LOGITS, SHARES, Y_PRED, Y_TRUE, K


def test_roc_and_precision_recall_areas_are_those_of_scikit_learn() -> None:
    for k in range(K):
        positive = np.equal(Y_TRUE, k)
        np.testing.assert_allclose(curves.roc(positive, SHARES[:, k])[1], metrics.roc_auc_score(positive, SHARES[:, k]))
        curve, area = curves.precision_recall(positive, SHARES[:, k])
        np.testing.assert_allclose(area, metrics.average_precision_score(positive, SHARES[:, k]))
        assert curve["recall"].iloc[-1] == 1


def test_roc_curve_has_the_points_of_scikit_learn() -> None:
    false_rate, true_rate, _ = metrics.roc_curve(Y_TRUE == 0, SHARES[:, 0], drop_intermediate=False)
    curve, _ = curves.roc(Y_TRUE == 0, SHARES[:, 0])
    np.testing.assert_allclose(curve["false_positive_rate"], false_rate)
    np.testing.assert_allclose(curve["true_positive_rate"], true_rate)


def test_calibration_error_is_the_mean_gap_over_bins() -> None:
    confidence, right = SHARES.max(axis=1), Y_PRED == Y_TRUE
    expected = 0.0
    for i in range(15):
        here = (confidence >= i / 15) & ((confidence < (i + 1) / 15) | (i == 14))
        if here.any():
            expected += here.mean() * abs(confidence[here].mean() - right[here].mean())
    assert curves.calibration_error(curves.reliability(SHARES, Y_TRUE)) == pytest.approx(expected)


def test_temperature_can_be_taken_back() -> None:
    tempered = np.exp(LOGITS / 1.7) / np.exp(LOGITS / 1.7).sum(axis=1, keepdims=True)
    plain = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(curves.tempered(tempered, 1 / 1.7), plain)


def test_coverage_counts_what_a_threshold_keeps() -> None:
    curve = curves.coverage(SHARES, Y_TRUE)
    for line in curve.iloc[[0, len(curve) // 2, -1]].itertuples():
        kept = SHARES.max(axis=1) >= line.threshold
        assert line.coverage == pytest.approx(kept.mean())
        assert line.accuracy == pytest.approx((Y_PRED == Y_TRUE)[kept].mean())


def test_histogram_counts_every_prediction_once() -> None:
    table = curves.confidence_histogram(SHARES, Y_TRUE)
    assert table.groupby("answer")["rows"].sum().to_dict() == {
        "right": int((Y_PRED == Y_TRUE).sum()),
        "wrong": int((Y_PRED != Y_TRUE).sum()),
    }


def test_thinning_keeps_both_ends() -> None:
    curve = pd.DataFrame({"x": np.arange(1000)})
    assert len(curves.thinned(curve.head(3))) == 3
    thin = curves.thinned(curve)
    assert (len(thin), thin["x"].iloc[0], thin["x"].iloc[-1]) == (200, 0, 999)
