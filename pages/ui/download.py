"""Tables and buttons to take results home."""

from __future__ import annotations

import json

import streamlit as st

from fizzog_core.output import records, tables
from fizzog_core.types import FrameResult


def show_table(results: list[tuple[str, FrameResult]]) -> None:
    """A row for each face, 30 coordinates and the emotion; the results as JSON, and their rows as CSV and Parquet."""
    table = records.keypoint_table(results)
    if not table.empty:
        first = ["source", "face", "emotion", "emotion_score"]
        order = [*first, *(name for name in table.columns if name not in first)]
        st.dataframe(table, hide_index=True, width="stretch", column_order=order)
    objects = [records.to_json_dict(source, result) for source, result in results]
    rows = tables.to_table([row for source, result in results for row in tables.picture_rows(source, result)])
    files = {
        "JSON": (json.dumps(objects, indent=2).encode(), "application/json"),
        "CSV": (tables.to_bytes(rows, ".csv"), "text/csv"),
        "Parquet": (tables.to_bytes(rows, ".parquet"), "application/vnd.apache.parquet"),
    }
    with st.container(horizontal=True):
        for name, (data, kind) in files.items():
            st.download_button(
                name, data, f"fizzog.{name.lower()}", kind, icon=":material/download:", on_click="ignore"
            )
