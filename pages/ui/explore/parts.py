"""What the views of the data page share: reading the tables, filters that live in the link, panels for any data set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.charts import datasets as dataset_charts
from fizzog_core.datasets import image_stats, summaries
from fizzog_core.drawing import contact_sheet
from fizzog_core.types import Frame
from pages.ui.markdown import without_links
from pages.ui.training.read import percent, table

ORDER = ("Training", "PublicTest", "PrivateTest", "train", "validation", "test", "all")
NUMBERS = {
    "brightness": "Brightness: mean grey, 0 to 255",
    "contrast": "Contrast: deviation of the grey values",
    "sharpness": "Sharpness: variance of the Laplacian",
}


def folder_of(name: str) -> Path:
    """Folder of the derived figures of a data set."""
    return settings.get().datasets / name


def load(name: str, what: str) -> pd.DataFrame:
    """One table of a data set, see ``summaries.load_table``."""
    return summaries.load_table(folder_of(name), what)


def splits_of(rows: pd.DataFrame) -> list[str]:
    """The splits that occur, training first."""
    return [split for split in ORDER if split in set(rows["split"])]


def choose(label: str, options: Sequence[str], key: str) -> list[str]:
    """Several of ``options``, none meaning all; the choice is part of the link as ``key``."""
    chosen = st.multiselect(label, list(options), key=key, bind="query-params", placeholder="all")
    return chosen or list(options)


def filtered(rows: pd.DataFrame, by: str, classes: Sequence[str], split_word: str = "Split") -> pd.DataFrame:
    """The rows of the splits and classes that the visitor chooses."""
    left, right = st.columns(2)
    with left:
        splits = choose(split_word, splits_of(rows), split_word.lower())
    with right:
        chosen = choose(by.capitalize(), classes, by)
    return rows[rows["split"].isin(splits) & rows[by].isin(chosen)]


def figures(values: dict[str, str]) -> None:
    """Show single numbers with their names in a row that wraps on a phone."""
    with st.container(horizontal=True):
        for name, value in values.items():
            st.metric(name, value, border=True)


def nothing_left(rows: pd.DataFrame) -> bool:
    """True, with a notice on the page, if the filters leave no row."""
    if rows.empty:
        st.info("No row is left with these filters. Clear one of them.", icon=":material/filter_alt_off:")
    return rows.empty


def counts_panel(rows: pd.DataFrame, by: str, order: Sequence[str], name: str) -> None:
    """Counts of each class and split as bars, points and a table."""
    if nothing_left(rows):
        return
    found, splits = summaries.counts(rows, by), splits_of(rows)
    order = [label for label in order if label in set(rows[by])]
    figures(
        {
            "rows": f"{len(rows):,}",
            "classes": f"{len(order)}",
            "largest over smallest class": f"{summaries.imbalance(found, by):.1f}",
        }
    )
    left, right = st.columns(2)
    left.altair_chart(dataset_charts.counts_bars(found, by, order, splits))
    right.altair_chart(dataset_charts.counts_scatter(found, by, order, splits))
    table(found, f"{name}-counts", share=st.column_config.NumberColumn(format="percent"))


def show_pictures(pictures: Sequence[NDArray[np.uint8]], captions: Sequence[str], width: int) -> None:
    """Pictures ``(H, W)`` or ``(H, W, 3)`` with a caption each, in lines that wrap."""
    with st.container(horizontal=True, gap="small"):
        for picture, caption in zip(pictures, captions, strict=True):
            st.image(picture, caption, alt=caption, width=width)


def show_sheet(pictures: Sequence[Frame], caption: str, columns: int = 8) -> None:
    """Pictures of one size close together, as wide as the page allows."""
    columns = min(columns, len(pictures))
    with st.container(width=columns * 160):
        st.image(contact_sheet.sheet(pictures, columns), caption, alt=caption, width="stretch")


def means_panel(means: pd.DataFrame, order: Sequence[str], width: int = 120) -> None:
    """The mean picture of each class, and where its pictures differ most (bright)."""
    known = means.set_index("label")
    names = [name for name in ("all", *order) if name in known.index]
    for column, words in (("mean", "Mean picture"), ("deviation", "Deviation of each pixel, bright where it varies")):
        st.markdown(f"**{words}**")
        pictures = [image_stats.as_picture(values) for values in known.loc[names, column]]
        captions = [f"{without_links(name)}, {count:,}" for name, count in known.loc[names, "count"].items()]
        show_pictures(pictures, captions, width)


def distribution(shares: pd.DataFrame, words: str, groups: Sequence[str]) -> None:
    """Show the shares of ``image_stats.histogram`` as a chart. ``words``: its title, a colon, an explanation."""
    name, _, more = words.partition(": ")
    st.markdown(f"**{name}**" + (f": {more}" if more else ""))
    st.altair_chart(dataset_charts.distributions(shares, groups))


def distributions_panel(rows: pd.DataFrame, by: str, order: Sequence[str], name: str) -> None:
    """Brightness, contrast and sharpness of each class."""
    order = [label for label in order if label in set(rows[by])]
    parts = []
    for column, (measure, words) in zip(st.columns(3), NUMBERS.items(), strict=True):
        shares = image_stats.histogram(rows[measure], rows[by])
        with column:
            distribution(shares, words, order)
        parts.append(shares.assign(measure=measure))
    table(pd.concat(parts), f"{name}-distributions")


def outliers_panel(rows: pd.DataFrame, name: str) -> None:
    """Pictures that look like no face or hand, by rule, each with its row."""
    odd = rows[rows["kind"] != ""]
    st.markdown(
        f"**{len(odd):,} of {len(rows):,} pictures look unusual** by their grey values alone: a rule found them, "
        "nobody has checked them. A dark face can be called plain, a comic a drawing."
    )
    if len(odd):
        kinds = odd["kind"].value_counts().rename_axis("kind").rename("rows").reset_index()
        st.altair_chart(dataset_charts.bars(kinds, "kind", "rows", "rows", percent=False))
        shown = [column for column in ("row", "where", "split", "label", "source", "kind", *NUMBERS) if column in odd]
        table(odd[shown], f"{name}-outliers", "Every unusual row")


def duplicates_of(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Show the pairs of the data set whose first row is in ``rows``, and return them."""
    found = load(name, "duplicates")
    found = found[found["row"].isin(rows["row"])]
    duplicates_panel(found, len(rows), name)
    return found


def duplicates_panel(duplicates: pd.DataFrame, count: int, name: str) -> None:
    """Pairs of the same or nearly the same picture, by the splits of the two."""
    kinds = {kind: duplicates.loc[duplicates["kind"] == kind, "row"].nunique() for kind in ("exact", "near")}
    apart = duplicates.loc[duplicates["split"] != duplicates["other_split"], "row"].nunique()
    figures(
        {
            "rows that repeat another exactly": f"{kinds['exact']:,}",
            "rows nearly like another": f"{kinds['near']:,}",
            "of all rows": percent((duplicates["row"].nunique()) / max(1, count)),
            "rows like one of another split": f"{apart:,}",
        }
    )
    if duplicates.empty:
        return
    pairs = duplicates.groupby(["split", "other_split", "kind"]).size().rename("pairs").reset_index()
    table(pairs, f"{name}-duplicates-by-split", "Pairs by split")
    table(duplicates, f"{name}-duplicates", "Every pair, by row")
