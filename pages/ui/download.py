"""Buttons that save a file, and the table of picture results with its files."""

from __future__ import annotations

import json
from collections.abc import Callable

import pyarrow as pa
import streamlit as st

from fizzog_core.output import records, tables
from fizzog_core.output.media_types import MEDIA_TYPES
from fizzog_core.types import FrameResult


def save_button(label: str, name: str, data: Callable[[], bytes | str] | bytes | str, key: str | None = None) -> None:
    """A button that saves the file ``name``.

    A callable runs when the button is pressed, not at each run of the page. Not for the live page: Streamlit 1.60 drops
    the file at the next run of a timed fragment, before the browser has fetched it, so that page passes the content.
    """
    kind = MEDIA_TYPES[name.rpartition(".")[2]]
    st.download_button(label, data, name, kind, key=key, icon=":material/download:", on_click="ignore")


def show_table(results: list[tuple[str, FrameResult]]) -> None:
    """A row for each face, 30 coordinates and the emotion; the results as JSON, and their rows as CSV and Parquet."""
    table = records.keypoint_table(results)
    if not table.empty:
        first = ["source", "face", "emotion", "emotion_score"]
        order = [*first, *(name for name in table.columns if name not in first)]
        st.dataframe(table, hide_index=True, width="stretch", column_order=order)

    def objects() -> str:
        return json.dumps([records.to_json_dict(source, result) for source, result in results], indent=2)

    def rows() -> pa.Table:
        return tables.to_table([row for source, result in results for row in tables.picture_rows(source, result)])

    with st.container(horizontal=True):
        save_button("JSON", "fizzog.json", objects)
        save_button("CSV", "fizzog.csv", lambda: tables.to_bytes(rows(), ".csv"))
        save_button("Parquet", "fizzog.parquet", lambda: tables.to_bytes(rows(), ".parquet"))
