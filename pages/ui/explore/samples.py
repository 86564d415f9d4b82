"""Real pictures, where FIZZOG_DATA names their folder: samples per class, chosen rows, and what each change does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.datasets import pictures as samples
from fizzog_core.drawing import contact_sheet
from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS
from fizzog_core.types import Frame
from pages.ui.explore import parts
from pages.ui.training.read import table

PER_CLASS, FACES, HANDS, MOST_ROWS = 12, 64, 24, 48
READING = "Reading the pictures …"
POINT_WORDS = "Red: the subject's left. Blue: the subject's right. Yellow: the middle."


def link_to(name: str, rows: Iterable[int], words: str) -> None:
    """A button that opens the samples of data set ``name`` at these rows; none without the pictures."""
    numbers = list(dict.fromkeys(int(row) for row in rows))
    if not numbers or not samples.available(settings.get().data, name):
        return
    shown = f"the first {MOST_ROWS} of {len(numbers):,}" if len(numbers) > MOST_ROWS else f"{len(numbers)}"
    st.button(
        f"Look at {shown} {words}", key=f"look-{words}", icon=":material/visibility:", on_click=_open,
        args=(name, numbers[:MOST_ROWS]),
    )  # fmt: skip


def _open(name: str, numbers: list[int]) -> None:
    st.session_state.update(dataset=name, view="Samples", rows=",".join(map(str, numbers)))


def pixels_panel(rows: pd.DataFrame, by: str, order: Sequence[str], name: str) -> None:
    """Light and sharpness of each class, and what looks unusual, with a button that opens those rows."""
    if parts.nothing_left(rows):
        return
    parts.distributions_panel(rows, by, order, name)
    parts.outliers_panel(rows, name)
    link_to(name, rows.loc[rows["kind"] != "", "row"], "unusual rows")


def data_folder(name: str) -> Path | None:
    """The folder of the real data if it holds data set ``name``; else a sentence that says what is missing."""
    folder = settings.get().data
    if samples.available(folder, name):
        return folder
    st.info(
        "The pictures themselves are private and not part of this site. They are shown where the setting `FIZZOG_DATA` "
        "names the folder that holds them; the rows below are what would be shown.",
        icon=":material/lock:",
    )
    return None


def chosen_rows(rows: pd.DataFrame) -> pd.DataFrame | None:
    """The rows whose numbers the visitor or a link names, in that order; None without numbers. Raises DataError."""
    text = st.text_input("Row numbers instead of a sample, such as 12, 40", key="rows", bind="query-params")
    words = re.split(r"[\s,;]+", text.strip()) if text and text.strip() else []
    if not words:
        return None
    last = int(rows["row"].max())
    wrong = [word for word in words if not (word.isdecimal() and int(word) <= last)]
    if wrong:
        raise DataError(f"Expected row numbers from 0 to {last:,}, got {wrong[0]!r}. Correct or clear the field.")
    return rows.set_index("row", drop=False).loc[[int(word) for word in words[:MOST_ROWS]]]


def seed() -> int:
    """The seed of a random sample, which is part of the link, and the button for another one."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input("Seed", min_value=0, value=1, step=1, key="seed", bind="query-params", width=140)
        st.button("Another sample", icon=":material/casino:", on_click=_next_seed)
    return int(number or 0)


def _next_seed() -> None:
    st.session_state["seed"] = int(st.session_state.get("seed") or 0) + 1


def sampled(known: pd.DataFrame, count: int, narrowed: Callable[[], pd.DataFrame]) -> pd.DataFrame | None:
    """The rows whose numbers are given, otherwise up to ``count`` random rows of ``narrowed()``, which shows filters.

    None, with a notice on the page, if the filters leave no row.
    """
    rows = chosen_rows(known)
    if rows is not None:
        return rows
    rows, number = narrowed(), seed()
    return None if parts.nothing_left(rows) else draw(rows, count, number)


def draw(rows: pd.DataFrame, count: int, number: int) -> pd.DataFrame:
    """Up to ``count`` rows at random by seed ``number``."""
    return rows.sample(min(count, len(rows)), random_state=number)


def _captions(rows: pd.DataFrame) -> list[str]:
    words = zip(rows["row"], rows["label"], rows["source"], strict=True)
    return [f"{row}: {label}, {source}" for row, label, source in words]


def _listed(rows: pd.DataFrame, name: str, columns: list[str]) -> None:
    table(rows[["row", "split", *columns]], f"{name}-sample", "The rows shown")


def fer2013() -> None:
    """Show faces of each emotion and usage, or the requested rows."""
    known = parts.load("fer2013", "rows")
    rows = chosen_rows(known)
    if rows is None:
        rows, number = parts.filtered(known, "label", EMOTIONS, "Usage"), seed()
        if parts.nothing_left(rows):
            return
        rows = pd.concat(draw(own, PER_CLASS, number) for _, own in rows.groupby(["split", "label"]))
        folder = data_folder("fer2013")
        if folder is not None:
            with st.spinner(READING):
                _sheets(folder, rows)
    else:
        folder = data_folder("fer2013")
        if folder is not None:
            captions = [f"{row}: {label}" for row, label in zip(rows["row"], rows["label"], strict=True)]
            parts.show_pictures(list(samples.fer2013(folder, list(rows["row"]))), captions, 110)
    _listed(rows, "fer2013", ["label", "majority", "entropy", "kind"])


def _sheets(folder: Path, rows: pd.DataFrame) -> None:
    splits = parts.splits_of(rows)
    for column, split in zip(st.columns(len(splits)), splits, strict=True):
        with column:
            st.markdown(f"**{split}**")
            for label in EMOTIONS:
                own = rows[(rows["split"] == split) & (rows["label"] == label)]
                if len(own):
                    faces = [grey_frame(face) for face in samples.fer2013(folder, list(own["row"]))]
                    st.image(contact_sheet.sheet(faces, 6), label, alt=label, width="stretch")


def expressions() -> None:
    """Show 64 faces of the chosen sources and emotions, or the requested rows."""
    known = parts.load("expressions", "rows")

    def narrowed() -> pd.DataFrame:
        rows = parts.filtered(known, "label", EMOTIONS)
        return rows[rows["source"].isin(parts.choose("Source", sorted(known["source"].unique()), "source"))]

    rows = sampled(known, FACES, narrowed)
    if rows is None:
        return
    folder = data_folder("expressions")
    if folder is not None:
        with st.spinner(READING):
            faces = samples.expressions(folder, list(rows["row"]))
        parts.show_pictures(list(faces), _captions(rows), 110)
    _listed(rows, "expressions", ["source", "label", "kind"])


def keypoints() -> None:
    """Show 64 faces with their points in a grid of eight by eight, or the requested rows."""
    known = parts.load("keypoints", "rows")
    rows = sampled(known, FACES, lambda: parts.filtered(known, "source", sorted(known["source"].unique())))
    if rows is None:
        return
    folder = data_folder("keypoints")
    if folder is not None:
        with st.spinner(READING):
            pictures, points = samples.keypoints(folder, list(rows["row"]))
        faces = [contact_sheet.with_points(*pair) for pair in zip(pictures, points, strict=True)]
        parts.show_sheet(faces, POINT_WORDS)
    _listed(rows, "keypoints", ["source", "missing", "eye_distance_px", "yaw", "asymmetry"])


def gestures() -> None:
    """Show hands of the chosen sources and letters with their landmarks, or the requested rows."""
    known = parts.load("gestures", "rows")

    def narrowed() -> pd.DataFrame:
        left, right = st.columns(2)
        with left:
            sources = parts.choose("Source", sorted(known["source"].unique()), "source")
        with right:
            letters = parts.choose("Letter or sign", sorted(known["label"].unique()), "letter")
        return known[known["source"].isin(sources) & known["label"].isin(letters)]

    rows = sampled(known, HANDS, narrowed)
    if rows is None:
        return
    folder = data_folder("gestures")
    if folder is not None:
        with st.spinner(READING):
            hands = [contact_sheet.with_hand(*pair) for pair in samples.gestures(folder, list(rows["row"]))]
        parts.show_pictures(hands, _captions(rows), 150)
    _listed(rows, "gestures", ["source", "signer", "label", "gesture", "found", "handedness"])


def grey_frame(picture: NDArray[np.uint8]) -> Frame:
    """A grey ``(S, S)`` picture as ``(S, S, 3)``."""
    return np.repeat(picture[:, :, None], 3, axis=2)
