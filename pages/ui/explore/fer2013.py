"""The views of FER2013: counts, pixels, duplicates, and its labels against the FER+ votes and our network."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fizzog_core import settings
from fizzog_core.charts import datasets as dataset_charts
from fizzog_core.datasets import image_stats, summaries, vote_stats
from fizzog_core.evaluation import runs
from fizzog_core.labels import EMOTIONS
from pages.ui.explore import parts
from pages.ui.explore.samples import link_to, pixels_panel
from pages.ui.training.read import percent, table

NAME = "fer2013"
MAJORITIES = (*EMOTIONS, "contempt", "unknown", "not a face", vote_stats.TIE)
DISPUTED = 50


def _rows() -> pd.DataFrame:
    return parts.filtered(parts.load(NAME, "rows"), "label", EMOTIONS, "Usage")


def counts() -> None:
    """Rows per emotion and usage, and what leaving out disgust changes."""
    rows = _rows()
    parts.counts_panel(rows, "label", EMOTIONS, NAME)
    st.subheader("What leaving out disgust changes")
    lines = []
    for words, kept in (("7 classes", rows), ("6, without disgust", rows[rows["label"] != "disgust"])):
        sizes = kept["label"].value_counts()
        if len(sizes):
            imbalance, largest = summaries.imbalance(summaries.counts(kept)), sizes.max() / len(kept)
            lines.append((words, len(kept), imbalance, largest, 1 / len(sizes)))
    columns = ["classes", "rows", "largest over smallest", "always the largest", "a random guess"]
    shares = {name: st.column_config.NumberColumn(format="percent") for name in columns[3:]}
    shares["largest over smallest"] = st.column_config.NumberColumn(format="%.1f")
    found = pd.DataFrame(lines, columns=columns)
    st.dataframe(found, hide_index=True, column_config=shares)
    st.caption(
        "Six classes are nearly balanced but hardly easier: the accuracy of always naming the largest class stays the "
        "same to a point. A result on six classes is still never comparable with one on seven."
    )


def pixels() -> None:
    """Mean faces, light and sharpness, and what does not look like a face."""
    parts.means_panel(parts.load(NAME, "means"), EMOTIONS)
    pixels_panel(_rows(), "label", EMOTIONS, NAME)


def duplicates() -> None:
    """Faces that occur more than once, and those with two labels."""
    found = parts.duplicates_of(_rows(), NAME)
    if found.empty:
        return
    torn = found[found["label"] != found["other_label"]]
    st.markdown(
        f"**{len(torn):,} of {len(found):,} pairs carry two different labels**: a network "
        "that predicts the same for both gets at least one of them wrong."
    )
    pairs = torn.groupby(["label", "other_label"]).size().rename("pairs").reset_index()
    st.altair_chart(
        dataset_charts.heat_map(
            pairs, "other_label", "label", "pairs", x_order=EMOTIONS, y_order=EMOTIONS, percent=False
        )
    )
    link_to(NAME, torn[["row", "other"]].to_numpy().ravel(), "rows of these pairs")


def labels() -> None:
    """The published labels against ten people's votes, the limit that follows, and our network's predictions."""
    rows = _rows()
    if parts.nothing_left(rows):
        return
    found = vote_stats.ceiling(rows)
    parts.figures(
        {
            "a perfect majority vote scores": percent(found["all_rows"]),
            "where the majority is clear": percent(found["clear_rows"]),
            "rows with a clear majority": percent(found["clear_share"]),
        }
    )
    st.markdown(
        "Ten people looked again at every face (FER+). Someone who always gave their majority answer would score no "
        "more than this on the published labels. A network can score higher, by learning the habits of the labels."
    )
    _agreement(rows)
    _entropy(rows)
    _network(rows)


def _agreement(rows: pd.DataFrame) -> None:
    st.subheader("Published label against the people's majority")
    cells = rows.groupby(["label", "majority"]).size().rename("rows").reset_index()
    cells["share"] = cells["rows"] / cells.groupby("label")["rows"].transform("sum")
    order = [name for name in MAJORITIES if name in set(cells["majority"])]
    titles = ("majority of ten people", "published label")
    st.altair_chart(
        dataset_charts.heat_map(cells, "majority", "label", "share", x_order=order, y_order=EMOTIONS, titles=titles)
    )
    table(cells, f"{NAME}-agreement", share=st.column_config.NumberColumn(format="percent"))


def _entropy(rows: pd.DataFrame) -> None:
    st.subheader("How much people disagree")
    order = [label for label in EMOTIONS if label in set(rows["label"])]
    shares = image_stats.histogram(rows["entropy"], rows["label"], bins=7, span=(0.0, 3.5))
    parts.distribution(shares, "Entropy: of the ten votes in bits, 0 when all agree", order)
    worst = rows.sort_values("entropy", ascending=False, kind="stable").head(DISPUTED)
    votes = [column for column in rows if column.startswith("votes_")]
    table(worst[["row", "split", "label", "entropy", *votes]], f"{NAME}-disputed", f"The {len(worst)} most disputed")
    link_to(NAME, worst["row"], "most disputed rows")


def _network(rows: pd.DataFrame) -> None:
    st.subheader("Which disagreements our network repeats")
    run = runs.Run("emotion", "emotion", "published", settings.get().models / "emotion")
    answers = runs.class_predictions(run)
    if answers is None:
        st.info("No emotion network is published yet, so there are no answers to compare.", icon=":material/info:")
        return
    given = pd.DataFrame({"row": answers.rows["row"], "prediction": [answers.labels[i] for i in answers.y_pred]})
    found = vote_stats.repeated(rows.merge(given, on="row"))
    if found.empty:
        st.info("The network was measured on PublicTest and PrivateTest; none of these rows is among them.")
        return
    both = (found["rows"] * found["with_label"]).sum() / found["rows"].sum()
    st.markdown(
        f"On {found['rows'].sum():,} measured faces the published label and a clear majority differ; the network gives "
        f"the published label on **{percent(both)}** of them, the people's on "
        f"**{percent((found['rows'] * found['with_majority']).sum() / found['rows'].sum())}**."
    )
    st.altair_chart(dataset_charts.sides(found.head(15)))
    table(found, f"{NAME}-repeated")
