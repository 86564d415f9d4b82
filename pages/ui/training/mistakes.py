"""The worst mistakes of the chosen runs, row by row, with links to the rows on the data page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from fizzog_core import settings
from fizzog_core.datasets import pictures as samples
from fizzog_core.errors import FizzogError
from fizzog_core.evaluation import metrics
from fizzog_core.evaluation.metrics import Predictions
from fizzog_core.evaluation.runs import Run
from fizzog_core.labels import KEYPOINT_NAMES
from pages.ui.training import read
from pages.ui.training.scores import NO_ANSWERS, filters

DATASETS = {"emotion": "fer2013", "keypoints": "keypoints", "gesture": "gestures"}
PICTURES = 24
"""Number of pictures shown; the data page shows more."""


def show(chosen: Sequence[Run], _: Sequence[Run]) -> None:
    """The most confident errors by row, with a link to them among the data."""
    count = st.slider("How many", 5, 100, 20, 5, key="count", bind="query-params")
    worst = _faces(chosen, count) if chosen[0].task == "keypoints" else _answers(chosen, count)
    name = DATASETS[chosen[0].task]
    for run in read.each(list(worst)):
        table = worst[run]
        if table.empty:
            st.success("No mistake matches these filters.")
            continue
        # Relative, so that it also holds under Streamlit's server.baseUrlPath.
        link = f"explore_data?dataset={name}&rows={','.join(map(str, table['row']))}"
        st.link_button(f"See these {len(table)} rows among the data", link, icon=":material/travel_explore:")
        opened = table.assign(open=[f"explore_data?dataset={name}&rows={row}" for row in table["row"]])
        st.dataframe(opened, hide_index=True, column_config=_columns(run.task))
        read.download(table, f"mistakes-{run.key}")
        _pictures(name, table.head(PICTURES))


def _answers(chosen: Sequence[Run], count: int) -> dict[Run, pd.DataFrame]:
    """The most confident wrong predictions of each run, among all or among those of one label or answer."""
    known, _split = filters(chosen)
    if not known:
        return {}
    labels = ["any", *dict.fromkeys(label for predictions in known.values() for label in predictions.labels)]
    left, right = st.columns(2)
    label = left.selectbox("Label", labels, key="label", bind="query-params")
    answer = right.selectbox("Answer", labels, key="answer", bind="query-params")
    return {run: _wrong(predictions, label, answer).head(count) for run, predictions in known.items()}


def _wrong(predictions: Predictions, label: str, answer: str) -> pd.DataFrame:
    rows = predictions.rows["row"].to_numpy()
    table = metrics.most_confident_errors(
        rows, predictions.probabilities, predictions.y_true, predictions.labels, len(rows)
    )
    table = table if label == "any" else table[table["label"] == label]
    table = table if answer == "any" else table[table["answer"] == answer]
    extra = [name for name in ("letter", "source", "signer", "found") if name in predictions.rows]
    return table.merge(predictions.rows[["row", *extra]], on="row")


def _faces(chosen: Sequence[Run], count: int) -> dict[Run, pd.DataFrame]:
    """The faces of each run with the largest mean error."""
    tables = {run: table for run in chosen if (table := read.read("predictions", run, NO_ANSWERS)) is not None}
    if not tables:
        return {}
    names = list(dict.fromkeys(name for table in tables.values() for name in table["split"]))[::-1]
    split = st.segmented_control("Rows", names, default=names[0], required=True, key="split", bind="query-params")
    worst = {}
    for run, table in tables.items():
        most = table[table["split"] == split].nlargest(count, "normalised_error")
        points = most[list(KEYPOINT_NAMES)]
        named = {"worst_point": points.idxmax(axis=1), "worst_px": points.max(axis=1)}
        worst[run] = most[["row", "source", "normalised_error"]].assign(**named)
    return worst


def _pictures(name: str, table: pd.DataFrame) -> None:
    """The rows' pictures, where this machine has the data."""
    data, rows = settings.get().data, table["row"].tolist()
    if data is None or not samples.available(data, name):
        st.caption("`row` is the row of the data set, counted from 0. The pictures themselves are not part of this "
                   "site: they are shown where `FIZZOG_DATA` names a copy of the data.")  # fmt: skip
        return
    try:
        if name == "fer2013":
            pictures = list(samples.fer2013(data, rows))
        elif name == "keypoints":
            pictures = list(samples.keypoints(data, rows)[0])
        else:
            pictures = [picture for picture, _ in samples.gestures(data, rows)]
    except FizzogError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return
    words = table["label"] + " → " + table["answer"] if "label" in table else table["worst_point"]
    captions = [f"{row}: {text}" for row, text in zip(rows, words, strict=True)]
    st.image(pictures, captions, alt=captions, width=130)


def _columns(task: str) -> dict[str, Any]:
    share = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    error = {"normalised_error": st.column_config.NumberColumn("mean error / eye distance", format="percent")}
    shares = {"confidence": share, "probability_of_label": share}
    return {"open": st.column_config.LinkColumn(display_text="open"), **(error if task == "keypoints" else shares)}
