"""Home: what Fizzog does, shown on a sample at once, and the doors to the other pages."""

import streamlit as st

from fizzog_core.errors import FizzogError
from fizzog_core.types import FrameResult
from pages.ui import loaders, result
from pages.ui.problem import show_problem

DOORS = (
    (
        "pages/analyze_image.py",
        "Analyze a picture",
        ":material/add_photo_alternate:",
        "Upload some, or take a snapshot.",
    ),
    ("pages/about.py", "About", ":material/info:", "How it works, its limits, your privacy, and the law."),
)


def show_answer(found: FrameResult) -> None:
    for face in found.faces or ():
        if face.emotion is not None:
            st.altair_chart(result.probability_bars(face.emotion), width="stretch")
    result.show_reply(result.reply(found, "en", "sample"), "en")


words, picture = st.columns([5, 4], gap="large", vertical_alignment="center")
with words:
    st.title("Show your face. Fizzog answers.")
    st.markdown(
        "Fizzog finds **15 keypoints** on every face, names one of **seven expressions**, reads **four hand signs** of "
        "American Sign Language, and answers in words and voice."
    )
with picture, st.spinner("Loading the networks and looking at the sample …", show_time=True):
    try:
        frame, found = loaders.sample()
        result.show_picture(frame, found)
    except FizzogError as error:
        found = None
        show_problem(error)
with words:
    if found is not None:
        show_answer(found)
    st.caption("An expression is not a feeling: the labels are guesses about how a face looks, not about a person.")

for column, (page, title, icon, text) in zip(st.columns(len(DOORS)), DOORS, strict=True):
    with column, st.container(border=True, height="stretch"):
        st.page_link(page, label=f"**{title}**", icon=icon)
        st.caption(text)
