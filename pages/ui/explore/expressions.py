"""The views of the expression sources: counts, pixels, sources with their terms, duplicates."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fizzog_core.charts import datasets as dataset_charts
from fizzog_core.datasets import summaries
from fizzog_core.labels import EMOTIONS
from pages.ui.explore import parts
from pages.ui.explore.keypoints import show_disjoint
from pages.ui.explore.samples import link_to, pixels_panel
from pages.ui.training.read import percent, table

NAME = "expressions"


def _rows() -> pd.DataFrame:
    known = parts.load(NAME, "rows")
    rows = parts.filtered(known, "label", EMOTIONS)
    return rows[rows["source"].isin(parts.choose("Source", sorted(known["source"].unique()), "source"))]


def counts() -> None:
    """Rows per emotion and split."""
    parts.counts_panel(_rows(), "label", EMOTIONS, NAME)


def pixels() -> None:
    """Mean faces, light and sharpness, and what does not look like a face."""
    parts.means_panel(parts.load(NAME, "means"), EMOTIONS)
    pixels_panel(_rows(), "label", EMOTIONS, NAME)


def sources() -> None:
    """Origin, terms and wrong labels of each source, its counts, and whether the splits share a person."""
    rows = _rows()
    if parts.nothing_left(rows):
        return
    known = parts.load(NAME, "sources")
    sizes = rows["source"].value_counts()
    shown = known[known["source"].isin(sizes.index)].assign(rows=lambda found: found["source"].map(sizes))
    st.dataframe(
        shown,
        hide_index=True,
        column_config={
            "terms": "terms of the owner",
            "wrong_labels": st.column_config.NumberColumn("wrong labels, about", format="percent"),
        },
    )
    st.caption("Wrong labels: one person's judgement of 100 faces of each source, so within about 8 points.")
    cells = rows.groupby(["source", "label"]).size().rename("rows").reset_index()
    st.altair_chart(
        dataset_charts.heat_map(
            cells, "label", "source", "rows", x_order=EMOTIONS, y_order=list(sizes.index), percent=False, height=480
        )
    )
    table(cells, f"{NAME}-sources", "Every cell")
    st.subheader("People")
    named = rows[rows["subject"] >= 0]
    st.markdown(
        f"**{named['subject'].nunique():,}** people are known, on {percent(len(named) / len(rows))} of these pictures."
    )
    show_disjoint(summaries.shared_groups(named, "subject"), "subject")


def duplicates() -> None:
    """Faces that occur nearly twice, within and across sources, and those with two labels."""
    found = parts.duplicates_of(_rows(), NAME)
    if found.empty:
        return
    across = (found["source"] != found["other_source"]).sum()
    torn = found[found["label"] != found["other_label"]]
    st.markdown(
        f"{across:,} of {len(found):,} pairs are of two sources; {len(torn):,} carry two labels. Pairs of one person "
        "in one pose count as near duplicates too: posed sources have many."
    )
    link_to(NAME, torn[["row", "other"]].to_numpy().ravel(), "rows with two labels")
