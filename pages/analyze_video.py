"""Analyze a video: upload, progress that can be cancelled, the annotated video, a timeline of labels, downloads."""

import streamlit as st

from fizzog_core.errors import FizzogError
from fizzog_core.jobs.video import Sampling
from fizzog_core.media.containers import FORMATS
from pages.ui.problem import show_problem
from pages.ui.video import result, run
from pages.ui.video.state import state

SAMPLINGS = {
    "Every frame": Sampling(),
    "Every 2nd frame": Sampling(every=2),
    "10 a second": Sampling(per_s=10),
    "2 a second": Sampling(per_s=2),
}


def cancel() -> None:
    state().cancelled = True


st.title("Analyze a video")
left, right = st.columns([3, 2], gap="large")
with left:
    file = st.file_uploader("A video, up to 20 MB", type=list(FORMATS))
    st.caption("A program on this server analyzes the video and does not keep it. Expressions are guesses.")
with right:
    choice = st.selectbox(
        "Look at",
        list(SAMPLINGS),
        help="Fewer frames are faster. Frames between two analyzed frames show the drawing of the earlier one.",
    )
    resting_face = st.toggle(
        "Compare with the resting face",
        value=True,
        help="Learns how each face looks most of the time and reads what changes against it.",
    )
    st.markdown("Longer videos: `python -m fizzog_core video IN --out OUT.mp4 --table OUT.parquet`")

place = st.empty()
kept = state()
if file is None:
    kept.outcome = None
elif place.button("Analyze", icon=":material/play_circle:"):
    kept.outcome, kept.seeks, kept.start_s = None, 0, 0
    place.button("Cancel", icon=":material/stop_circle:", on_click=cancel)
    try:
        kept.outcome = run.run(file.name, file.getvalue(), SAMPLINGS[choice], resting_face)
        kept.file_id = file.file_id
    except FizzogError as error:
        show_problem(error, file.name)
    else:
        st.rerun()

if kept.cancelled:
    kept.cancelled = False
    st.info("Cancelled. The video was deleted.", icon=":material/block:")
if file is not None and kept.outcome is not None and kept.file_id == file.file_id:
    result.show(kept.outcome)
