"""Classes, thresholds and calibration of the classifiers among the chosen runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from fizzog_core.charts import scores as score_charts
from fizzog_core.evaluation import curves, metrics
from fizzog_core.evaluation.metrics import Predictions
from fizzog_core.evaluation.runs import Run
from fizzog_core.labels import EMOTION_VOCABULARIES
from pages.ui.training import read
from pages.ui.training.read import percent

NO_CLASSES = "Keypoints are places on a face, not classes. Their errors are under **Points and people**."
NO_ANSWERS = "it was not measured on test rows: predictions.parquet is missing. Evaluate and publish the run."


def filters(chosen: Sequence[Run]) -> tuple[dict[Run, Predictions], str]:
    """Split and vocabulary, set once for all chosen runs; the predictions of each that has rows of that kind."""
    if chosen[0].task == "keypoints":
        st.info(NO_CLASSES)
        return {}, ""
    known = {run: predictions for run in chosen if (predictions := read.read("class_predictions", run, NO_ANSWERS))}
    if not known:
        return {}, ""
    names = list(dict.fromkeys(name for predictions in known.values() for name in predictions.rows["split"]))[::-1]
    left, right = st.columns(2)
    split = left.segmented_control("Rows", names, default=names[0], required=True, key="split", bind="query-params")
    classes = 7
    if chosen[0].task == "emotion":
        classes = right.segmented_control(
            "Classes", list(EMOTION_VOCABULARIES), default=7, required=True, key="classes", bind="query-params",
            help="Fewer classes: rows of the others are left out and the probabilities are renormalised.",
        )  # fmt: skip
    kept = {run: _filtered(predictions, str(split), int(classes or 7)) for run, predictions in known.items()}
    for run, predictions in kept.items():
        if predictions is None:
            st.info(f"{run.title} has no rows of {split}.")
    return {run: predictions for run, predictions in kept.items() if predictions is not None}, str(split)


def _filtered(predictions: Predictions, split: str, classes: int) -> Predictions | None:
    found = predictions.where("split", split)
    wanted = tuple(name for name in EMOTION_VOCABULARIES.get(classes, ()) if name in found.labels)
    if classes != 7 and wanted:
        found = found.restricted_to(wanted)
    return found if len(found.y_true) else None


def classes(chosen: Sequence[Run], _: Sequence[Run]) -> None:
    """Confusion matrix, and precision, recall and F1 of each class."""
    known, split = filters(chosen)
    if not known:
        return
    left, right = st.columns(2, vertical_alignment="bottom")
    order = left.selectbox("Order of the classes", metrics.ORDERS, key="order", bind="query-params")
    normalised = right.toggle("Shares of each label", value=True, key="shares", bind="query-params")
    for run in read.each(list(known)):
        predictions = known[run]
        counts = metrics.confusion(predictions.y_true, predictions.y_pred, len(predictions.labels))
        scores = metrics.class_scores(predictions.y_true, predictions.y_pred, predictions.labels, predictions.groups)
        value, low, high = metrics.accuracy(predictions.y_true, predictions.y_pred, predictions.groups)
        st.markdown(
            f"**{percent(value)}** of {len(predictions.y_true):,} rows of {split} are classified correctly "
            f"(95 % interval {percent(low)} to {percent(high)})."
        )
        left, right = st.columns(2)
        left.altair_chart(score_charts.confusion(counts, predictions.labels, normalised, order))
        names = [predictions.labels[i] for i in metrics.class_order(counts, order)]
        right.altair_chart(score_charts.class_scores(scores, [*names, *metrics.AVERAGES]))
        drawn = "whole signers, since pictures of one person are alike" if predictions.groups is not None else "rows"
        st.caption(
            f"Intervals: 95 %, from 1,000 bootstrap draws of {drawn}. A hand that was not found is answered 'none'."
            if predictions.groups is not None
            else f"Intervals: 95 %, from 1,000 bootstrap draws of {drawn}."
        )
        read.table(scores.round(4), f"classes-{run.key}-{split}", "Precision, recall and F1 as a table")


def thresholds(chosen: Sequence[Run], _: Sequence[Run]) -> None:
    """ROC, precision-recall, reliability, score histogram, and what a "not sure" threshold costs and brings."""
    known, split = filters(chosen)
    for run in read.each(list(known)):
        predictions = known[run]
        _one_against_all(predictions, f"{run.key}-{split}")
        card = read.read("card", run)
        _reliability(predictions, card.temperature if card else 1.0)
        _rejection(predictions, card.not_sure_below if card else 0.0, run)


def _one_against_all(predictions: Predictions, name: str) -> None:
    positives = [
        (label, predictions.y_true == i, predictions.probabilities[:, i]) for i, label in enumerate(predictions.labels)
    ]
    positives = [(label, here, score) for label, here, score in positives if 0 < here.sum() < len(here)]
    rocs = {label: curves.roc(here, score) for label, here, score in positives}
    recalls = {label: curves.precision_recall(here, score) for label, here, score in positives}
    left, right = st.columns(2)
    for place, title, by_label, kind in (
        (left, "ROC, one label against all", rocs, "roc"),
        (right, "Precision and recall, one label against all", recalls, "precision"),
    ):
        place.subheader(title)
        thin = {label: (curves.thinned(curve), area) for label, (curve, area) in by_label.items()}
        place.altair_chart(score_charts.one_against_all(thin, kind))
    areas = ((rocs, "Area under the ROC curve"), (recalls, "average precision"))
    means = [f"{word} {np.mean([area for _, area in by_label.values()]):.3f}" for by_label, word in areas]
    st.caption(f"Beside each label: the area under its curve. Mean over the labels: {', '.join(means)}.")


def _reliability(predictions: Predictions, temperature: float) -> None:
    left, right = st.columns([3, 2])
    before = curves.tempered(predictions.probabilities, 1 / temperature)
    tables = {
        "as published": curves.reliability(predictions.probabilities, predictions.y_true),
        f"before temperature scaling (T = {temperature:.2f})": curves.reliability(before, predictions.y_true),
    }
    left.subheader("Is 70 % sure right 70 times in 100?")
    left.altair_chart(score_charts.reliability(tables))
    after, raw = (curves.calibration_error(table) for table in tables.values())
    right.metric(
        "Expected calibration error", percent(after), f"{100 * (after - raw):+.1f} points", delta_color="inverse"
    )
    right.metric("before temperature scaling", percent(raw))
    right.caption(
        "Mean gap between confidence and accuracy over 15 equal bins. Below the diagonal the network is too sure of "
        "itself. The temperature was fitted on validation rows; probabilities are stored to four decimals."
    )


def _rejection(predictions: Predictions, published: float, run: Run) -> None:
    st.subheader("Which answers to hold back as “not sure”")
    threshold = st.slider(
        "Threshold", 0.0, 0.99, float(min(published, 0.99)), 0.01, key=f"threshold_{run.kind}_{run.name}",
        bind="query-params", help=f"The published network holds back answers below {published:.3f}.",
    )  # fmt: skip
    confidence = predictions.probabilities.max(axis=1)
    sure, right = confidence >= threshold, predictions.y_pred == predictions.y_true
    share = float(right[sure].mean()) if sure.any() else float("nan")
    figures = st.columns(3)
    figures[0].metric("Answers kept", percent(sure.mean()))
    figures[1].metric("Of these right", percent(share) if sure.any() else "none kept")
    figures[2].metric("Wrong answers held back", f"{int((~sure & ~right).sum())} of {int((~right).sum())}")
    left, place = st.columns(2)
    curve = curves.coverage(predictions.probabilities, predictions.y_true)
    left.altair_chart(score_charts.coverage(curves.thinned(curve), float(sure.mean()), share))
    histogram = curves.confidence_histogram(predictions.probabilities, predictions.y_true)
    for answer in ("right", "wrong"):
        place.altair_chart(score_charts.confidence_histogram(histogram, answer, threshold))
