"""Home: what Fizzog does, an analyzed sample, and links to the other pages."""

import streamlit as st

from fizzog_core.errors import FizzogError
from fizzog_core.labels import EMOTIONS
from pages.ui import loaders, options, result
from pages.ui.bars import probability_bars
from pages.ui.problem import show_problem

DOORS = (
    (
        "**Use your camera.** Fizzog names your expression or hand sign and answers.",
        (("pages/live.py", ":material/videocam:"),),
    ),
    (
        "**Upload pictures or a video** and download the results.",
        (("pages/analyze_image.py", ":material/add_photo_alternate:"), ("pages/analyze_video.py", ":material/movie:")),
    ),
    (
        "**Explore the data** and see how the networks were trained.",
        (("pages/explore_data.py", ":material/query_stats:"), ("pages/training_metrics.py", ":material/monitoring:")),
    ),
)


def show_sample() -> None:
    """Show the sample with its reply beside it."""
    picture, answer = st.columns([4, 5], gap="large", vertical_alignment="center")
    with picture, st.spinner("Loading the networks and analyzing the sample …", show_time=True):
        analyzed = loaders.sample()
        result.show_picture(analyzed, EMOTIONS, "sample")
    found = analyzed.result
    with answer:
        language = options.preferred_language()
        result.show_reply(result.reply(found, language, "sample"), language, "sample")
        for face in found.faces or ():
            if face.emotion is not None:
                st.vega_lite_chart(*probability_bars(face.emotion), width="stretch")
        st.caption("An expression is not a feeling: the labels are guesses about how a face looks, not about a person.")


st.title("Show your face. Fizzog answers.")
st.markdown(
    "Fizzog finds **15 keypoints** on every face, names one of **seven expressions**, reads **four hand signs** of "
    "American Sign Language, and answers in words and voice."
)
sample = st.container()
for column, (text, pages) in zip(st.columns(len(DOORS)), DOORS, strict=True):
    with column, st.container(border=True, height="stretch"):
        st.markdown(text)
        with st.container(horizontal=True):
            for page, icon in pages:
                st.page_link(page, icon=icon)
with sample:
    try:
        show_sample()
    except FizzogError as error:
        show_problem(error)
