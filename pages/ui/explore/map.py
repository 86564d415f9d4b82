"""The map of PublicTest: faces with similar features of the emotion network lie together. Brushed points are listed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from fizzog_core import settings
from fizzog_core.charts import datasets
from fizzog_core.datasets import pictures
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks import model_card
from pages.ui.explore import parts
from pages.ui.training.read import percent, table

COLOURS = {"published label": "label", "our network's answer": "prediction", "right or wrong": "answer"}
SHOWN = 48


def show() -> None:
    """The map with its colour and filters, and the points that are brushed."""
    places = parts.load("fer2013", "embedding")
    places = places.assign(answer=places["correct"].map({True: "right", False: "wrong"}))
    left, right = st.columns(2)
    with left:
        colour = st.segmented_control(
            "Colour", list(COLOURS), default="published label", required=True, key="colour", bind="query-params"
        )
        by = COLOURS[colour]
    with right:
        labels = parts.choose("Published label", EMOTIONS, "label")
    places = places[places["label"].isin(labels)]
    if parts.nothing_left(places):
        return
    _say_age(places)
    order = ["right", "wrong"] if by == "answer" else list(EMOTIONS)
    st.caption("Drag over the map to choose points; drag the choice to move it, double-click to clear it.")
    chart = datasets.embedding_map(places, by, order)
    event = st.altair_chart(chart, key="map", on_select="rerun", selection_mode="brush")
    chosen = brushed(places, event["selection"].get("brush") or {})
    if chosen is not None:
        _listed(chosen)


def brushed(places: pd.DataFrame, brush: dict[str, Any]) -> pd.DataFrame | None:
    """The points within the interval selection ``brush`` (ranges of x and y); None if nothing is brushed."""
    if not {"x", "y"} <= brush.keys():
        return None
    inside = places["x"].between(*sorted(brush["x"])) & places["y"].between(*sorted(brush["y"]))
    return places[inside]


def _listed(chosen: pd.DataFrame) -> None:
    st.markdown(f"**{len(chosen):,} points chosen**")
    if chosen.empty:
        return
    st.markdown(f"The network is right on {percent(chosen['correct'].mean())} of them.")
    st.dataframe(chosen[["row", "label", "prediction", "score", "correct"]], hide_index=True, height=240)
    table(chosen, "fer2013-map", "Every chosen point")
    folder = settings.get().data
    if folder is not None and pictures.available(folder, "fer2013"):
        first = chosen.head(SHOWN)
        words = zip(first["row"], first["label"], first["prediction"], strict=True)
        captions = [f"{row}: {label}" + ("" if label == said else f", not {said}") for row, label, said in words]
        parts.show_pictures(list(pictures.fer2013(folder, list(first["row"]))), captions, 110)


def _say_age(places: pd.DataFrame) -> None:
    """Show a notice if the map was made with another network than the published one."""
    folder = settings.get().models / "emotion"
    if not (folder / model_card.CARD_FILE).is_file() or "sha256" not in places:
        return
    if places["sha256"].iloc[0] != model_card.load(folder).sha256:
        st.warning(
            "This map was drawn from an earlier network. Draw it again: `python -m training embedding --data FOLDER`.",
            icon=":material/update:",
        )
