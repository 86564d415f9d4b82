"""Training curves, scores and errors of the networks. Every choice is part of the address."""

from __future__ import annotations

import streamlit as st

from fizzog_core.labels import TASKS
from pages.ui.training import compare, curves, errors, mistakes, network, read, scores

VIEWS = {
    "Curves": curves.show,
    "Classes": scores.classes,
    "Scores": scores.thresholds,
    "Test splits": compare.splits,
    "Comparison": compare.comparison,
    "Points and people": errors.groups,
    "Worst mistakes": mistakes.show,
    "Network": network.show,
}

st.title("Training metrics")
st.markdown("How each network was trained, what it can do on people it has never seen, and where it is wrong.")
everything = read.found()
task = st.segmented_control(
    "Network", TASKS, default="emotion", required=True, key="task", bind="query-params", format_func=str.capitalize
)
here = [run for run in everything if run.task == task]
if not here:
    st.info(
        f"There is no {task} run yet. Train one with `python -m training train`; it appears here after its first "
        "epoch, under `runs/`, and under `models/` once it is published.",
        icon=":material/info:",
    )
    st.stop()
by_key = {run.key: run for run in here}
keys = st.multiselect(
    "Runs", list(by_key), default=[here[0].key], key=f"{task}_runs", bind="query-params",
    format_func=lambda key: by_key[key].title, placeholder="Choose at least one run",
)  # fmt: skip
view = st.segmented_control("View", list(VIEWS), default="Curves", required=True, key="view", bind="query-params")
if not keys:
    st.info("Choose at least one run above.", icon=":material/info:")
    st.stop()
with st.spinner("Counting ...", show_time=False):
    VIEWS[str(view)]([by_key[key] for key in keys], everything)
