"""The result of a video: player, key moments, timeline, seconds of each label, table, downloads."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow.parquet as pq
import streamlit as st

from fizzog_core.output import tables
from fizzog_core.tracking import timeline
from fizzog_core.tracking.timeline import Interval
from pages.ui.download import save_button
from pages.ui.video import charts
from pages.ui.video.charts import clock
from pages.ui.video.run import Outcome
from pages.ui.video.state import state

TIMELINE = "video-timeline"
SHOWN_ROWS = 1_000
SHOWN_COLUMNS = [
    "time_s", "frame", "kind", "track_id", "label", "label_score", "sure", "steady_label", "handedness",
    "x1", "y1", "x2", "y2", "score",
]  # fmt: skip


def show(outcome: Outcome) -> None:
    """Show all results of one analyzed video."""
    result = outcome.result
    for note in result.notes:
        st.warning(note, icon=":material/broken_image:")
    player, moments = st.columns([3, 2], gap="large")
    with player:
        seeks = state().seeks
        slots = st.empty(), st.empty()  # another place is another player: the same one ignores the same start again
        slots[seeks % 2].video(outcome.mp4, start_time=state().start_s, autoplay=seeks > 0)
        st.caption(
            f"Length {clock(result.duration_s)}, {result.frames} frames, {result.analysed} of them analyzed, "
            f"in {result.took_s:.1f} s. Faces and hands keep their number while they are in the picture."
        )
    with moments:
        _show_moments(timeline.key_moments(result.intervals))
    if result.intervals:
        st.subheader("Timeline")
        st.caption("A click on a bar plays the video from there.")
        chart = charts.timeline_chart(result.intervals, result.duration_s)
        st.altair_chart(chart, key=TIMELINE, on_select=_seek_to_chosen)
        st.subheader("Seconds of each expression and gesture")
        st.altair_chart(charts.seconds_chart(result.intervals))
    else:
        st.info("No face and no hand found. Faces are found best when they look at the camera, in good light.")
    _show_table(outcome)


def _show_moments(moments: tuple[Interval, ...]) -> None:
    st.subheader("Key moments")
    if not moments:
        st.caption("No clear expression or gesture held for half a second.")
    for number, moment in enumerate(moments):
        text = f"{clock(moment.peak_s)}  {moment.kind} {moment.track_id}: {moment.label} {moment.peak_score:.0%}"
        st.button(
            text,
            key=f"moment-{number}",
            icon=":material/play_arrow:",
            on_click=_seek,
            args=(moment.peak_s,),
            width="stretch",
        )


def _seek(seconds: float) -> None:
    kept = state()
    kept.seeks, kept.start_s = kept.seeks + 1, int(seconds)


def _seek_to_chosen() -> None:
    chosen = st.session_state[TIMELINE].selection.get(charts.CHOSEN)
    if chosen:
        _seek(chosen[0]["start_s"])


def csv(outcome: Outcome) -> bytes:
    """The table as CSV."""
    return tables.to_bytes(pq.read_table(io.BytesIO(outcome.parquet)), ".csv")


def _show_table(outcome: Outcome) -> None:
    st.subheader("Table")
    file = pq.ParquetFile(io.BytesIO(outcome.parquet))
    count, batches = file.metadata.num_rows, file.iter_batches(SHOWN_ROWS, columns=SHOWN_COLUMNS)
    first = next((batch.to_pandas() for batch in batches), pd.DataFrame(columns=SHOWN_COLUMNS))
    st.dataframe(first[SHOWN_COLUMNS], hide_index=True, height=300)
    st.caption(
        f"A row for each face or hand of each analyzed frame: {count} rows, {len(first)} of them shown. The files have "
        "all rows, every probability and the 15 points."
    )
    stem = outcome.name.rpartition(".")[0] or outcome.name
    with st.container(horizontal=True):
        save_button("Video (MP4)", f"{stem}-fizzog.mp4", lambda: outcome.mp4)
        save_button("Table (CSV)", f"{stem}-fizzog.csv", lambda: csv(outcome))
        save_button("Table (Parquet)", f"{stem}-fizzog.parquet", lambda: outcome.parquet)
