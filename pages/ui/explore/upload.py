"""A visitor's own data set: the same charts, from memory only."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from fizzog_core.datasets import image_stats, keypoint_stats, uploads
from fizzog_core.datasets.uploads import Upload
from fizzog_core.drawing import contact_sheet
from fizzog_core.jobs import dataset_upload
from fizzog_core.labels import EMOTIONS
from pages.ui import loaders, work
from pages.ui.explore import parts
from pages.ui.explore.keypoints import points_panel
from pages.ui.explore.samples import POINT_WORDS, draw, grey_frame, seed
from pages.ui.markdown import without_links
from pages.ui.state import state_of
from pages.ui.training.read import table

KINDS = {"fer2013": "FER2013 csv", "keypoints": "Kaggle keypoints csv", "folders": "zip of class folders"}
SAMPLE = 64


@dataclass(slots=True)
class OwnData:
    """The visitor's data set in memory, and Streamlit's identifier of its file."""

    file_id: str = ""
    upload: Upload | None = None


def show() -> None:
    """Show the file field with its limits, and the charts of the uploaded data."""
    st.markdown(
        "Upload a **csv** in the format of FER2013 (`emotion`, `pixels`, `Usage`) or of Kaggle's Facial Keypoints "
        "(30 columns and `Image`), or a **zip** with one folder of pictures per class.  \n"
        f"Limits: {uploads.MAX_FILE_BYTES / 1e6:.0f} MB a file; a csv's first {uploads.MAX_ROWS:,} rows; in a zip "
        f"{uploads.MAX_PICTURES:,} pictures, {uploads.MAX_CLASSES} classes, {uploads.MAX_PICTURE_BYTES / 1e6:.0f} MB a "
        f"picture, {uploads.MAX_ZIP_PIXELS / 1e6:.0f} megapixels, and {uploads.MAX_UNPACKED_BYTES / 1e6:.0f} MB "
        "unpacked.  \n"
        "The file stays in memory for this visit and is never saved. Remove it here to delete it."
    )
    file = st.file_uploader("Your data set", type=["csv", "zip"], key="own-file")
    own = state_of(OwnData)
    if file is None:
        own.upload = None
        return
    if own.upload is None or own.file_id != file.file_id:
        own.upload = None
        with st.spinner("Reading your file …", show_time=True):
            read = dataset_upload.read
            own.upload = work.run(loaders.data_sets(), file.file_id, read, file.getvalue(), keep=False)
            own.file_id = file.file_id
    _charts(own.upload)


def _charts(own: Upload) -> None:
    rows = pd.DataFrame({"where": own.where, "split": own.split, "label": own.label})
    rows = pd.concat([rows, image_stats.table(own.pictures)], axis=1)
    parts.figures({"form": KINDS[own.kind], "pictures": f"{len(rows):,}", "refused": f"{len(own.refused):,}"})
    _refused(own.refused)
    order = [*EMOTIONS] if own.kind == "fer2013" else sorted(rows["label"].unique())
    st.header("Counts", divider="gray")
    parts.counts_panel(rows, "label", order, "own")
    st.header("Samples", divider="gray")
    _samples(own)
    st.header("Pixels", divider="gray")
    parts.means_panel(image_stats.class_means(own.pictures, own.label), order)
    parts.distributions_panel(rows, "label", order, "own")
    parts.outliers_panel(rows, "own")
    st.header("Exact duplicates", divider="gray")
    duplicates = image_stats.exact_duplicates(own.pictures)
    named = {"kind": "exact", "split": own.split[duplicates["row"]], "other_split": own.split[duplicates["other"]]}
    where = {"row": own.where[duplicates["row"]], "other": own.where[duplicates["other"]]}
    parts.duplicates_panel(duplicates.assign(**named, **where), len(rows), "own")
    if own.points_px is not None:
        st.header("Points", divider="gray")
        groups, points = pd.DataFrame({"split": own.split}), keypoint_stats.rows(own.points_px)
        moments, clouds = (
            keypoint_stats.moments(own.points_px, groups),
            keypoint_stats.clouds(own.points_px, own.split),
        )
        points_panel(points.assign(split=own.split), moments, clouds, "split", "own")


def _refused(refused: pd.DataFrame) -> None:
    if refused.empty:
        return
    first = refused.iloc[0]
    st.warning(
        f"{len(refused):,} could not be used. The first: {without_links(first['where'])}: "
        f"{without_links(first['reason'])}.",
        icon=":material/rule:",
    )
    table(refused, "own-refused", "Every refused row or file")


def _samples(own: Upload) -> None:
    """Up to 64 of the pictures, with their points if there are any."""
    places = draw(pd.DataFrame({"place": range(len(own.label))}), SAMPLE, seed())["place"].tolist()
    if own.points_px is None:
        pictures = [grey_frame(own.pictures[place]) for place in places]
    else:
        pictures = [contact_sheet.with_points(own.pictures[place], own.points_px[place]) for place in places]
    words = POINT_WORDS if own.points_px is not None else f"{len(pictures)} of your pictures"
    parts.show_sheet(pictures, words)
