"""The panels beside and below the live picture: bars, timeline, counts, speed, snapshot and log."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from fizzog_core.labels import NOT_SURE
from fizzog_core.live.latency import Reading
from fizzog_core.live.session import LiveSession
from fizzog_core.media import images
from fizzog_core.output import records, tables
from fizzog_core.types import FaceResult, HandResult, ItemResult, TrackedResult
from pages.ui.bars import probability_bars
from pages.ui.download import save_button
from pages.ui.live.charts import timeline
from pages.ui.live.state import state
from pages.ui.markdown import without_links

STAGES = {
    "find_faces": "find faces",
    "keypoints": "keypoints",
    "emotion": "expression",
    "find_hands": "find hands",
    "gesture": "gesture",
}


@st.fragment(run_every=1.0)
def beside(live: LiveSession) -> None:
    """Show bars for each face and hand, the largest first, and the analysis rate."""
    view = live.view()
    things = sorted(view.seen.result.items, key=lambda item: item.detection.box.area, reverse=True) if view.seen else []
    if view.streaming and not things:
        st.info("No face and no hand in view. Look at the camera, in good light.", icon=":material/visibility:")
    elif not things:
        st.caption("Bars appear here once the camera runs.")
    for thing in things[:4]:
        _bars(view.seen, thing)
    if len(things) > 4:
        st.caption(f"and {len(things) - 4} more in the picture and in the log")
    _speed(view.speed, view.streaming)


@st.fragment(run_every=2.0)
def below(live: LiveSession) -> None:
    """Show the last minute and the count of each label."""
    view = live.view()
    left, right = st.columns([3, 1], gap="large")
    with left:
        st.subheader("The last minute")
        if view.timeline:
            st.vega_lite_chart(*timeline(view.timeline, view.elapsed_s), width="stretch", key="live_timeline")
        else:
            st.caption("There is no result yet.")
    with right:
        st.subheader("Seen so far")
        if view.counts:
            counts = pd.DataFrame({"label": list(view.counts), "times": list(view.counts.values())})
            st.dataframe(counts, hide_index=True, width="stretch")
        else:
            st.caption("A label is counted when it stays the same for half a second.")


@st.fragment
def keep(live: LiveSession) -> None:
    """Show the downloads of snapshot and log; the server stores neither."""
    st.subheader("Download")
    st.caption("Snapshot and log exist only in your session. The server does not store them.")
    if st.button("Take a snapshot", icon=":material/photo_camera:"):
        state().snapshot = live.snapshot()
        if state().snapshot is None:
            st.info("There is no result yet. Start the camera first.")
    if (snapshot := state().snapshot) is not None:
        picture, result = snapshot
        st.image(picture, caption="Your snapshot", alt="Your snapshot", width=320)
        with st.container(horizontal=True):
            save_button("Picture (PNG)", "fizzog-live.png", images.encode(picture, "PNG"))
            found = records.to_json_dict("live", result)
            save_button("Result (JSON)", "fizzog-live.json", json.dumps(found, indent=2))
    if st.button("Make the log ready", icon=":material/list_alt:"):
        state().log = live.log()
    table = state().log
    if table is not None:
        st.caption(f"{table.num_rows:,} rows, two a second for each face and hand.")
        with st.container(horizontal=True):
            for form in ("csv", "jsonl", "parquet"):
                save_button(f"Log ({form.upper()})", f"fizzog-log.{form}", tables.to_bytes(table, f".{form}"))


def _bars(seen: TrackedResult | None, thing: ItemResult) -> None:
    steady = seen.smoothed_of(thing) if seen else None
    raw = thing.emotion if isinstance(thing, FaceResult) else thing.gesture
    side = f"{thing.handedness} " if isinstance(thing, HandResult) and thing.handedness else ""
    name = f"{side}{thing.detection.kind} {thing.track_id}".capitalize()
    if steady is None or raw is None:
        return
    answer = NOT_SURE if steady.label is None else f"**{without_links(steady.label)}** {steady.score:.0%}"
    st.markdown(f"{name}: {answer}")
    known = set(steady.scores.labels) <= set(raw.labels)  # not so for a sign that was taught
    ticks = raw.restricted_to(steady.scores.labels) if known else None
    st.vega_lite_chart(*probability_bars(steady.scores, ticks), width="stretch", key=f"live_bars_{name}")


def _speed(speed: Reading, streaming: bool) -> None:
    with st.expander("Speed"):
        if speed.p50_ms is None or speed.p95_ms is None or not streaming:
            st.caption("Figures appear once the camera runs.")
            return
        left, right = st.columns(2)
        left.metric("Time to a result (median)", f"{speed.p50_ms:.0f} ms")
        right.metric("95 % of results within", f"{speed.p95_ms:.0f} ms")
        left.metric("Results a second", f"{speed.results_per_s:.1f}")
        right.metric("Pictures shown a second", f"{speed.shown_per_s:.1f}")
        share = speed.dropped / max(1, speed.received)
        st.caption(f"{speed.dropped:,} of {speed.received:,} frames were not analysed ({share:.0%}).")
        stages = [f"{STAGES.get(name, name)} {ms:.1f} ms" for name, ms in speed.stage_ms.items()]
        st.caption("Mean time of each stage: " + ", ".join(stages) + ". Measured on the server.")
