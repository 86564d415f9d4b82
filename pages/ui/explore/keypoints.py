"""The views of the faces with 15 points: counts, pixels, duplicates, the points themselves, subjects."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from fizzog_core.charts import datasets as dataset_charts
from fizzog_core.datasets import image_stats, keypoint_stats, summaries
from pages.ui.explore import parts
from pages.ui.explore.samples import link_to, pixels_panel
from pages.ui.training.read import table

NAME = "keypoints"
MEASURES = {
    "eye_distance_px": "Eye distance: in px of 96",
    "yaw": "Turned left or right: nose tip beside the middle of the eyes, in eye distances",
    "pitch": "Head up or down: nose tip between eye line 0 and mouth line 1",
    "roll_deg": "Tilt: of the eye line, in degrees",
    "asymmetry": "Asymmetry: of paired points to their mirrored counterparts, in eye distances",
}


def _sources(rows: pd.DataFrame) -> list[str]:
    return sorted(rows["source"].unique())


def _rows() -> pd.DataFrame:
    rows = parts.load(NAME, "rows")
    return parts.filtered(rows, "source", _sources(rows))


def counts() -> None:
    """Faces per source and split."""
    rows = _rows()
    parts.counts_panel(rows, "source", _sources(rows), NAME)


def pixels() -> None:
    """Mean faces of the larger sources, light and sharpness, and what looks unusual."""
    means = parts.load(NAME, "means")
    parts.means_panel(means, sorted(set(means["label"]) - {"all"}), width=192)
    rows = _rows()
    pixels_panel(rows, "source", _sources(rows), NAME)


def duplicates() -> None:
    """Faces that occur more than once."""
    found = parts.duplicates_of(_rows(), NAME)
    apart = found[found["split"] != found["other_split"]]
    st.markdown(
        f"{int(found['same_subject'].sum()):,} of {len(found):,} pairs show one subject: frames of a film, shots of a "
        "session. Splitting by subject keeps them together."
    )
    link_to(NAME, apart[["row", "other"]].to_numpy().ravel(), "rows across splits")


def points() -> None:
    """Missing points, position clouds, symmetry, head pose and eye distance."""
    rows = _rows()
    if parts.nothing_left(rows):
        return
    moments, clouds = parts.load(NAME, "moments"), parts.load(NAME, "clouds")
    splits = set(rows["split"])
    chosen = moments[moments["split"].isin(splits) & moments["source"].isin(set(rows["source"]))]
    points_panel(rows, chosen, clouds[clouds["split"].isin(splits)], "source", NAME)
    st.caption("The clouds follow the split; the ellipses and the rest follow the source as well.")


def points_panel(rows: pd.DataFrame, moments: pd.DataFrame, clouds: pd.DataFrame, by: str, name: str) -> None:
    """The same for any faces with points; see ``fizzog_core.datasets.keypoint_stats`` for the tables."""
    found = keypoint_stats.ellipses(moments)
    left, right = st.columns(2)
    with left:
        st.subheader("Where the points lie")
        outlines = keypoint_stats.outlines(found)
        cells = clouds.groupby(["point", "x", "y"], sort=False)["count"].sum().reset_index()
        st.altair_chart(dataset_charts.point_clouds(cells, found.dropna(subset="x"), outlines))
    with right:
        st.subheader("Missing")
        st.altair_chart(dataset_charts.bars(found, "point", "missing_share", "share of faces without this point"))
    table(found, f"{name}-points", missing_share=st.column_config.NumberColumn(format="percent"))
    st.subheader("Symmetry, head pose, size")
    crossed = int(rows["crossed"].sum())
    st.markdown(
        f"Left and right are the subject's own: on **{crossed:,}** of {len(rows):,} faces the left eye lies left of "
        "the right one in the picture, which would mean exchanged names or a face upside down."
    )
    order = sorted(rows[by].unique())
    columns = st.columns(2)
    for place, (measure, words) in enumerate(MEASURES.items()):
        known = rows.dropna(subset=measure)
        if len(known):
            shares = image_stats.histogram(known[measure], known[by])
            with columns[place % 2]:
                parts.distribution(shares, words, order)
    summary = rows.groupby(by)[list(MEASURES)].describe(percentiles=[0.5]).stack(level=0, future_stack=True)
    table(summary.reset_index(names=[by, "measure"]), f"{name}-measures")


def subjects() -> None:
    """Subjects per split, and the proof that no two splits share one."""
    rows = parts.load(NAME, "rows")
    shared = summaries.shared_groups(rows, "subject")
    show_disjoint(shared, "subject")
    per = rows.groupby("subject").size()
    parts.figures({"subjects": f"{len(per):,}", "pictures of the most frequent subject": f"{per.max():,}"})
    table(rows.groupby(["split", "source"])["subject"].agg(["nunique", "size"]).reset_index(), f"{NAME}-subjects")


def show_disjoint(shared: pd.DataFrame, group: str) -> None:
    """Show the table of ``summaries.shared_groups`` and a sentence on whether the splits share any group."""
    between = shared.to_numpy().sum() - shared.to_numpy().diagonal().sum()
    if between:
        st.warning(f"{int(between) // 2} {group}s occur in two splits.", icon=":material/warning:")
    else:
        st.success(f"No {group} occurs in two splits: every count off the diagonal is 0.", icon=":material/check:")
    st.dataframe(shared)
