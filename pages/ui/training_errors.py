"""Where the chosen runs err: points of a face, signers and sources, single rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from fizzog_core import charts_errors, datasets, point_statistics, scoring, settings
from fizzog_core.errors import FizzogError
from fizzog_core.runs import Answers, Run
from fizzog_core.types import KEYPOINT_NAMES
from pages.ui import training_read as read
from pages.ui.training_scores import NO_ANSWERS, filters

MEASURES = {
    "RMSE (px of 96)": "rmse_px",
    "mean distance (px of 96)": "mean_px",
    "normalised mean error": "normalised_mean",
}
DATASETS = {"emotion": "fer2013", "keypoints": "keypoints", "gesture": "gestures"}
NO_GROUPS = (
    "FER2013 does not say who is on a picture, nor age, skin tone or sex: gaps between groups of people cannot be "
    "measured on it, and are unknown. Keypoints and gestures have groups."
)


def groups(chosen: Sequence[Run], _: Sequence[Run]) -> None:
    """Keypoints by point, gestures by signer and source."""
    if chosen[0].task == "emotion":
        st.info(NO_GROUPS)
    elif chosen[0].task == "keypoints":
        _points(chosen)
    else:
        known, _split = filters(chosen)
        by = st.segmented_control("Grouped by", ["source", "signer"], default="source", required=True, key="by",
                                  bind="query-params") if known else None  # fmt: skip
        for run in read.each(list(known)):
            _people(known[run], str(by), run)


def _people(answers: Answers, by: str, run: Run) -> None:
    if by not in answers.rows:
        st.info(f"{run.title} did not record the {by} of its rows.")
        return
    right = answers.given == answers.truth
    if "found" in answers.rows and "letter" in answers.rows:
        right &= (answers.rows["found"] | (answers.rows["letter"] == "nothing")).to_numpy(bool)
    table = scoring.group_scores(answers.rows[by].to_numpy(str), right)
    st.altair_chart(charts_errors.group_scores(table, by))
    st.caption("A hand that was not found counts as an error. The intervals (Wilson) take pictures as independent; "
               "pictures of one person are alike, so they are too narrow.")  # fmt: skip
    read.table(table.round(4), f"groups-{run.key}-{by}")


def _points(chosen: Sequence[Run]) -> None:
    tables = {run: table for run in chosen if (table := read.read("predictions", run, NO_ANSWERS)) is not None}
    if not tables:
        return
    left, middle, right = st.columns(3)
    names = list(dict.fromkeys(name for table in tables.values() for name in table["split"]))[::-1]
    split = left.segmented_control("Rows", names, default=names[0], required=True, key="split", bind="query-params")
    sources = ["all", *sorted({name for table in tables.values() for name in table["source"]})]
    source = middle.selectbox("Source", sources, key="source", bind="query-params")
    said = right.selectbox("Measure", list(MEASURES), key="measure", bind="query-params")
    measure = MEASURES[said]
    for run in read.each(list(tables)):
        table = tables[run][tables[run]["split"] == split]
        _curve(table)
        kept = table if source == "all" else table[table["source"] == source]
        if kept.empty:
            st.info(f"{run.title} has no rows of {source} in {split}.")
            continue
        points = scoring.point_errors(kept, KEYPOINT_NAMES)
        left, right = st.columns(2)
        left.subheader("On the mean face")
        with left:
            _mean_face(points, measure)
        right.subheader("Point by point")
        right.altair_chart(charts_errors.point_bars(points, measure, said))
        st.caption("Left is the subject's left. Points that the chosen source does not annotate are left out.")
        read.table(points.round(4), f"points-{run.key}")


def _mean_face(points: pd.DataFrame, measure: str) -> None:
    """The errors on the mean face of the data set's summary."""
    folder = settings.get().datasets / "keypoints"
    try:
        means = datasets.load_table(folder, "means").set_index("label")
        moments = datasets.load_table(folder, "moments")
    except FizzogError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return
    places = point_statistics.ellipses(moments[moments["split"] == "train"]).rename(columns={"point": "name"})
    picture = np.array(means.loc["all", "mean"]).reshape(96, 96)
    drawn = points.merge(places[["name", "x", "y"]], on="name")
    st.altair_chart(charts_errors.mean_face(drawn, picture, measure), width="content")
    st.caption(f"The background is the mean of {means.loc['all', 'count']:,} faces.")


def _curve(table: pd.DataFrame) -> None:
    st.subheader("Faces within an error")
    errors = table.rename(columns={"source": "group"})[["group", "normalised_error"]]
    both = pd.concat([errors, errors.assign(group="all")], ignore_index=True)
    st.altair_chart(charts_errors.cumulative_errors(both))
    failed, mean = (table["normalised_error"] > 0.1).mean(), table["normalised_error"].mean()
    st.caption(f"Normalised mean error {read.percent(mean)} of the distance between the eyes; "
               f"{read.percent(failed)} of the faces fail, with more than a tenth of it.")  # fmt: skip


def mistakes(chosen: Sequence[Run], _: Sequence[Run]) -> None:
    """The most confident errors by row, with a link to them among the data."""
    count = st.slider("How many", 5, 100, 20, 5, key="count", bind="query-params")
    if chosen[0].task == "keypoints":
        tables = {run: table for run in chosen if (table := read.read("predictions", run, NO_ANSWERS)) is not None}
        worst = {run: _worst_faces(table, count) for run, table in tables.items()}
    else:
        known, _split = filters(chosen)
        worst = {run: _worst_answers(answers, count) for run, answers in known.items()}
    for run in read.each(list(worst)):
        table = worst[run]
        if table.empty:
            st.success("No mistake matches these filters.")
            continue
        link = f"/explore_data?dataset={DATASETS[run.task]}&rows={','.join(map(str, table['row']))}"
        st.link_button(f"See these {len(table)} rows among the data", link, icon=":material/travel_explore:")
        st.dataframe(table, hide_index=True, column_config=_columns(run.task))
        read.download(table, f"mistakes-{run.key}")
        st.caption("`row` is the row of the data set, counted from 0. The pictures themselves are not part of this "
                   "site: they are shown where `FIZZOG_DATA` names a copy of the data.")  # fmt: skip


def _worst_answers(answers: Answers, count: int) -> pd.DataFrame:
    """The most confident wrong answers among all, or among those of one label or answer."""
    left, right = st.columns(2)
    label = left.selectbox("Label", ["any", *answers.labels], key="label", bind="query-params")
    given = right.selectbox("Answer", ["any", *answers.labels], key="answer", bind="query-params")
    rows = answers.rows["row"].to_numpy()
    table = scoring.most_confident_errors(rows, answers.probabilities, answers.truth, answers.labels, len(rows))
    table = table if label == "any" else table[table["label"] == label]
    table = table if given == "any" else table[table["answer"] == given]
    extra = [name for name in ("source", "signer", "letter", "found") if name in answers.rows]
    return (
        table.head(count).merge(answers.rows[["row", *extra]], on="row").assign(open=_links(answers, table.head(count)))
    )


def _links(answers: Answers, table: pd.DataFrame) -> list[str]:
    name = "gestures" if "signer" in answers.rows else "fer2013"
    return [f"/explore_data?dataset={name}&rows={row}" for row in table["row"]]


def _worst_faces(table: pd.DataFrame, count: int) -> pd.DataFrame:
    names = list(dict.fromkeys(table["split"]))[::-1]
    split = st.segmented_control("Rows", names, default=names[0], required=True, key="split", bind="query-params")
    worst = table[table["split"] == split].nlargest(count, "normalised_error")
    points = worst[list(KEYPOINT_NAMES)]
    found = worst[["row", "source", "normalised_error"]].assign(
        worst_point=points.idxmax(axis=1), worst_px=points.max(axis=1)
    )
    return found.assign(open=[f"/explore_data?dataset=keypoints&rows={row}" for row in found["row"]])


def _columns(task: str) -> dict[str, object]:
    share = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    error = {"normalised_error": st.column_config.NumberColumn("mean error / eye distance", format="percent")}
    shares = {"confidence": share, "probability_of_label": share}
    return {"open": st.column_config.LinkColumn(display_text="open"), **(error if task == "keypoints" else shares)}
