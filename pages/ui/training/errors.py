"""Where the chosen runs err: points of a face, signers and sources."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from fizzog_core import settings
from fizzog_core.charts import errors as error_charts
from fizzog_core.charts import scores as score_charts
from fizzog_core.datasets import keypoint_stats, summaries
from fizzog_core.errors import FizzogError
from fizzog_core.evaluation import metrics
from fizzog_core.evaluation.metrics import Predictions
from fizzog_core.evaluation.runs import Run
from fizzog_core.labels import KEYPOINT_NAMES
from pages.ui.training import read
from pages.ui.training.scores import NO_ANSWERS, filters

MEASURES = {
    "RMSE (px of 96)": "rmse_px",
    "mean distance (px of 96)": "mean_px",
    "normalised mean error": "normalised_mean",
}
NO_GROUPS = (
    "No set states age or skin tone, and one states sex (KDEF, ten people in its test rows): gaps between groups of "
    "people are unknown. The sources below differ in how and where their pictures were made."
)
NO_SOURCES = "it was not measured on the expression sources. `python -m training publish-two-heads` measures it."


def groups(chosen: Sequence[Run], _: Sequence[Run]) -> None:
    """Emotions by source, keypoints by point, gestures by signer and source."""
    if chosen[0].task == "emotion":
        st.info(NO_GROUPS)
        for run in read.each(chosen):
            if predictions := read.read("source_predictions", run, NO_SOURCES):
                _sources(predictions, run)
            _held_out(run)
    elif chosen[0].task == "keypoints":
        _points(chosen)
    else:
        known, _split = filters(chosen)
        by = st.segmented_control("Grouped by", ["source", "signer"], default="source", required=True, key="by",
                                  bind="query-params") if known else None  # fmt: skip
        for run in read.each(list(known)):
            _people(known[run], str(by), run)
            _held_out(run)


def _people(predictions: Predictions, by: str, run: Run) -> None:
    if by not in predictions.rows:
        st.info(f"{run.title} did not record the {by} of its rows.")
        return
    right = predictions.y_pred == predictions.y_true
    if "found" in predictions.rows and "letter" in predictions.rows:
        right &= (predictions.rows["found"] | (predictions.rows["letter"] == "nothing")).to_numpy(bool)
    table = metrics.group_scores(predictions.rows[by].to_numpy(str), right)
    st.altair_chart(error_charts.group_scores(table, by))
    st.caption("A hand that was not found counts as an error. The intervals (Wilson) take pictures as independent; "
               "pictures of one person are alike, so they are too narrow.")  # fmt: skip
    read.table(table.round(4), f"groups-{run.key}-{by}")


def _sources(predictions: Predictions, run: Run) -> None:
    """Accuracy of each expression source, and the confusion matrix and scores of one of them."""
    right = predictions.y_pred == predictions.y_true
    table = metrics.group_scores(predictions.rows["source"].to_numpy(str), right)
    st.subheader("Test rows of the expression sources")
    st.altair_chart(error_charts.group_scores(table, "source"))
    st.caption("Other people or pictures than those trained on, of sources that were trained on (all but lfw). "
               "The intervals (Wilson) take pictures as independent.")  # fmt: skip
    read.table(table.round(4), f"sources-{run.key}")
    names = table["group"].tolist()
    source = st.selectbox("Source", names, key=f"source_{run.kind}_{run.name}", bind="query-params")
    own = predictions.where("source", str(source))
    counts = metrics.confusion(own.y_true, own.y_pred, len(own.labels))
    left, right_column = st.columns(2)
    left.altair_chart(score_charts.confusion(counts, own.labels, True, "as labelled"))
    scores = metrics.class_scores(own.y_true, own.y_pred, own.labels)
    right_column.altair_chart(score_charts.class_scores(scores, [*own.labels, *metrics.AVERAGES]))
    read.table(scores.round(4), f"source-classes-{run.key}-{source}", "Precision, recall and F1 as a table")


def _held_out(run: Run) -> None:
    """Figures of the sources that were left out of a training of their own."""
    table = read.read("held_out_sources", run)
    if table is not None:
        st.subheader("Sources that were left out of a training")
        st.caption("Each row is of a network that was trained without its source: what to expect of a new source.")
        st.dataframe(table, hide_index=True)
        read.download(table, f"held-out-{run.key}")


def _points(chosen: Sequence[Run]) -> None:
    tables = {run: table for run in chosen if (table := read.read("predictions", run, NO_ANSWERS)) is not None}
    if not tables:
        return
    left, middle, right = st.columns(3)
    names = list(dict.fromkeys(name for table in tables.values() for name in table["split"]))[::-1]
    split = left.segmented_control("Rows", names, default=names[0], required=True, key="split", bind="query-params")
    sources = ["all", *sorted({name for table in tables.values() for name in table["source"]})]
    source = middle.selectbox("Source", sources, key="source", bind="query-params")
    title = right.selectbox("Measure", list(MEASURES), key="measure", bind="query-params")
    measure = MEASURES[title]
    for run in read.each(list(tables)):
        table = tables[run][tables[run]["split"] == split]
        _curve(table)
        kept = table if source == "all" else table[table["source"] == source]
        if kept.empty:
            st.info(f"{run.title} has no rows of {source} in {split}.")
            continue
        points = metrics.point_errors(kept, KEYPOINT_NAMES)
        left, right = st.columns(2)
        left.subheader("On the mean face")
        with left:
            _mean_face(points, measure)
        right.subheader("Point by point")
        right.altair_chart(error_charts.point_bars(points, measure, title))
        st.caption("Left is the subject's left. Points that the chosen source does not annotate are left out.")
        read.table(points.round(4), f"points-{run.key}")


def _mean_face(points: pd.DataFrame, measure: str) -> None:
    """The errors on the mean face of the data set's summary."""
    folder = settings.get().datasets / "keypoints"
    try:
        means = summaries.load_table(folder, "means").set_index("label")
        moments = summaries.load_table(folder, "moments")
    except FizzogError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return
    places = keypoint_stats.ellipses(moments[moments["split"] == "train"]).rename(columns={"point": "name"})
    picture = np.array(means.loc["all", "mean"]).reshape(96, 96)
    drawn = points.merge(places[["name", "x", "y"]], on="name")
    st.altair_chart(error_charts.mean_face(drawn, picture, measure), width="content")
    st.caption(f"The background is the mean of {means.loc['all', 'count']:,} faces.")


def _curve(table: pd.DataFrame) -> None:
    st.subheader("Faces within an error")
    errors = table.rename(columns={"source": "group"})[["group", "normalised_error"]]
    both = pd.concat([errors, errors.assign(group="all")], ignore_index=True)
    st.altair_chart(error_charts.cumulative_errors(both))
    failed, mean = (table["normalised_error"] > 0.1).mean(), table["normalised_error"].mean()
    st.caption(f"Normalised mean error {read.percent(mean)} of the distance between the eyes; "
               f"{read.percent(failed)} of the faces fail, with more than a tenth of it.")  # fmt: skip
