"""Curves of the chosen runs, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from fizzog_core.charts import runs
from fizzog_core.evaluation.runs import History, Run
from pages.ui.training import read

LATER = "no epoch is finished yet. The curves appear after the first one; reload the page then."


def show(chosen: Sequence[Run], everything: Sequence[Run]) -> None:
    """Loss, metric, learning rate and speed of the runs, in one chart each."""
    histories = {run.title: history for run in chosen if (history := read.read("history", run, LATER))}
    if not histories:
        return
    left, right = st.columns(2, vertical_alignment="bottom")
    weight = left.slider(
        "Smoothing", 0.0, 0.95, 0.0, 0.05, key="smoothing", bind="query-params",
        help="Weight of the epochs before in a moving average; the faint lines are the raw values.",
    )  # fmt: skip
    logarithmic = right.toggle("Logarithmic axes", key="log", bind="query-params")
    metric = next(iter(histories.values())).metric
    left, right = st.columns(2)
    for place, column, title in ((left, "loss", "loss"), (right, "metric", _title(metric))):
        place.subheader(title.capitalize() if column == "loss" else title)
        table = runs.curve_table(histories, column, weight)
        place.altair_chart(runs.curves(table, title, logarithmic))
    st.caption("Dashed: training, under augmentation. Solid: validation. The diamond is the best epoch on validation.")
    _speed(chosen, everything, histories)
    _summary(chosen, histories)


def _title(metric: str) -> str:
    return {"accuracy": "Accuracy", "rmse_px": "Error (RMSE, px of 96)"}.get(metric, metric.replace("_", " "))


def _rows(run: Run, everything: Sequence[Run]) -> int | None:
    """Pictures of an epoch: from the run's card, else from the card of the task's published network."""
    published = [other for other in everything if other.task == run.task and other.kind == "published"]
    for other in (run, *published):
        card = read.read("card", other)
        if card and "trained_on" in card.split_sizes:
            return card.split_sizes["trained_on"]
    return None


def _speed(chosen: Sequence[Run], everything: Sequence[Run], histories: dict[str, History]) -> None:
    speeds = {}
    for run in chosen:
        history, rows = histories.get(run.title), _rows(run, everything)
        if history is not None and rows and history.epochs["seconds"].notna().any():
            epochs = history.epochs.assign(pictures_per_second=rows / history.epochs["seconds"])
            speeds[run.title] = History(epochs, history.metric, history.higher_is_better, history.best_epoch)
    left, right = st.columns(2)
    with left:
        st.subheader("Learning rate")
        if any(history.epochs["learning_rate"].notna().any() for history in histories.values()):
            st.altair_chart(runs.epoch_lines(histories, "learning_rate", "learning rate"))
        else:
            st.info("These runs did not record their learning rate.")
    with right:
        st.subheader("Speed")
        if speeds:
            st.altair_chart(runs.epoch_lines(speeds, "pictures_per_second", "pictures a second"))
        else:
            st.info("No card says how many pictures an epoch had, or the seconds were not recorded.")


def _summary(chosen: Sequence[Run], histories: dict[str, History]) -> None:
    lines = []
    for run in chosen:
        if history := histories.get(run.title):
            best = history.epochs[history.epochs["epoch"] == history.best_epoch].iloc[0]
            lines.append(
                {
                    "run": run.title, "epochs": len(history.epochs), "best epoch": history.best_epoch,
                    "validation at best": round(history.best, 4), "training at best": round(best["metric"], 4),
                    "gap": round(best["val_metric"] - best["metric"], 4),
                    "minutes": round(history.epochs["seconds"].sum() / 60, 1),
                    "seconds an epoch": round(history.epochs["seconds"].median(), 1),
                }
            )  # fmt: skip
    st.dataframe(pd.DataFrame(lines), hide_index=True)
    parts = [history.epochs.assign(run=title) for title, history in histories.items()]
    read.table(pd.concat(parts, ignore_index=True), "history", "Every epoch as a table")
