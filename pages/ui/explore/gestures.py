"""The views of the gestures: counts, pixels, sources and signers, duplicates, the hand detector."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fizzog_core.charts import datasets as dataset_charts
from fizzog_core.datasets import summaries
from fizzog_core.drawing import contact_sheet
from fizzog_core.labels import GESTURES
from pages.ui.explore import parts
from pages.ui.explore.keypoints import show_disjoint
from pages.ui.explore.samples import link_to, pixels_panel
from pages.ui.training.read import percent, table

NAME = "gestures"
NO_HAND = "nothing"


def _rows() -> pd.DataFrame:
    rows = parts.load(NAME, "rows")
    return parts.filtered(rows, "gesture", GESTURES)


def counts() -> None:
    """Pictures per gesture and split, and per letter."""
    rows = _rows()
    parts.counts_panel(rows, "gesture", GESTURES, NAME)
    if len(rows):
        letters = rows["label"].value_counts().rename_axis("label").rename("rows").reset_index()
        st.subheader("By letter, digit or sign")
        st.altair_chart(
            dataset_charts.counts_bars(summaries.counts(rows), "label", list(letters["label"]), _splits(rows))
        )
        table(letters, f"{NAME}-letters")


def _splits(rows: pd.DataFrame) -> list[str]:
    return parts.splits_of(rows)


def pixels() -> None:
    """The mean hand of each letter, light and sharpness, and what looks unusual."""
    _mean_hands(parts.load(NAME, "shapes"))
    pixels_panel(_rows(), "gesture", GESTURES, NAME)


def _mean_hands(shapes: pd.DataFrame) -> None:
    st.subheader("The mean hand of each letter")
    st.caption("21 landmarks about their middle at one size, right hands mirrored; moving and mixed signs shrink.")
    hands = {str(label): own.sort_values("landmark") for label, own in shapes.groupby("label")}
    pictures = [contact_sheet.with_bones(own[["x", "y"]].to_numpy()) for own in hands.values()]
    parts.show_pictures(pictures, [f"{label}, {own['hands'].iloc[0]:,}" for label, own in hands.items()], 88)


def sources() -> None:
    """Which source has which letters by how many signers, and the proof that no split shares a signer."""
    rows = _rows()
    if parts.nothing_left(rows):
        return
    show_disjoint(summaries.shared_groups(rows, "signer"), "signer")
    cells = rows.groupby(["source", "label"]).agg(pictures=("row", "size"), signers=("signer", "nunique")).reset_index()
    shown = st.segmented_control(
        "Count", ["pictures", "signers"], default="pictures", required=True, key="count", bind="query-params"
    )
    order = sorted(rows["label"].unique()), sorted(rows["source"].unique())
    st.altair_chart(
        dataset_charts.heat_map(
            cells,
            "label",
            "source",
            shown,
            x_order=order[0],
            y_order=order[1],
            percent=False,
            numbers=False,
            height=620,
        )
    )
    per = rows.groupby(["source", "split"]).agg(pictures=("row", "size"), signers=("signer", "nunique")).reset_index()
    table(cells, f"{NAME}-sources", "Every cell")
    table(per, f"{NAME}-signers", "Signers by source and split")


def duplicates() -> None:
    """Near duplicates within and across sources, and what they do to a random split."""
    rows, found = _rows(), parts.load(NAME, "duplicates")
    if parts.nothing_left(rows):
        return
    found = found[found["row"].isin(rows["row"]) | found["other"].isin(rows["row"])]
    relations = ("same signer", "other signer of the source", "other source")
    lines = []
    for relation in relations:
        own = found[found["relation"] == relation]
        share = rows["row"].isin(set(own["row"]) | set(own["other"])).mean()
        lines.append((relation, share, len(own)))
    rates = pd.DataFrame(lines, columns=["duplicate shows", "share", "pairs"])
    st.subheader("Pictures with a near duplicate")
    st.altair_chart(dataset_charts.bars(rates, "duplicate shows", "share", "share of the pictures"))
    split = parts.load(NAME, "random_split")
    drawn = split.loc[split["split_by"].str.contains("random"), "share"].iloc[0]
    kept = split.loc[~split["split_by"].str.contains("random"), "share"].iloc[0]
    st.subheader("Why a random split misleads")
    st.markdown(
        f"Drawn at random, **{percent(drawn)}** of the test pictures have a near duplicate among the training ones: "
        f"the test repeats what was trained on. Split by signer it is **{percent(kept)}**."
    )
    table(split, f"{NAME}-random-split", share=st.column_config.NumberColumn(format="percent"))
    table(rates, f"{NAME}-duplicate-rates", "Rates within and across sources")
    table(found, f"{NAME}-duplicates", "Every pair, by row")
    link_to(
        NAME, found.loc[found["relation"] != "same signer", ["row", "other"]].to_numpy().ravel(), "rows of two signers"
    )


def detector() -> None:
    """The share of hands that MediaPipe's detector finds, by source: in the first pass, and with a border."""
    rows = _rows()
    rows = rows[rows["label"] != NO_HAND]
    if parts.nothing_left(rows):
        return
    parts.figures(
        {
            "hands found at once": percent(rows["found_first"].mean()),
            "with a border and enlarged": percent(rows["found"].mean()),
            "still missed": f"{int((~rows['found']).sum()):,}",
        }
    )
    st.caption(
        "A hand that fills the frame is missed until the picture gets a border. Pictures without a hand are left out."
    )
    per = rows.groupby("source").agg(pictures=("row", "size"), at_once=("found_first", "mean"), found=("found", "mean"))
    per = per.sort_values("found").reset_index()
    left, right = st.columns(2)
    left.altair_chart(dataset_charts.bars(per, "source", "at_once", "found at once"))
    right.altair_chart(dataset_charts.bars(per, "source", "found", "found with the second try"))
    share = st.column_config.NumberColumn(format="percent")
    table(per, f"{NAME}-detector", at_once=share, found=share)
    link_to(NAME, rows.loc[~rows["found"], "row"], "rows with a missed hand")
