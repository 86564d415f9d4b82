"""Analyze a picture (upload, snapshot or sample): result, reply, tables and downloads."""

import hashlib

import streamlit as st

from fizzog_core.errors import FizzogError
from fizzog_core.media.images import FORMATS
from fizzog_core.types import FrameResult
from pages.ui import loaders, options, result, work
from pages.ui.download import save_button, show_table
from pages.ui.markdown import without_links
from pages.ui.problem import show_problem


def chosen_pictures() -> list[tuple[str, bytes]]:
    """Return names and bytes of the pictures that the visitor uploads or takes."""
    source = st.segmented_control("Picture from", ["Upload", "Camera", "Sample"], default="Upload", required=True)
    if source == "Sample":
        st.caption("Eileen Collins, NASA, public domain.")
        return [(loaders.SAMPLE.name, loaders.SAMPLE.read_bytes())]
    if source == "Camera":
        st.caption("A program on this server analyzes the snapshot. It is deleted when you leave.")
        shot = st.camera_input("Take a snapshot")
        return [("snapshot.jpg", shot.getvalue())] if shot else []
    files = st.file_uploader("Pictures, up to 20 MB each", type=list(FORMATS), accept_multiple_files=True)
    if len(files) > work.MAX_KEPT:
        st.warning(f"The first {work.MAX_KEPT} of {len(files)} pictures are analyzed. Remove some to see the others.")
    return [(file.name, file.getvalue()) for file in files[: work.MAX_KEPT]]


def show_one(
    number: int, name: str, data: bytes, labels: tuple[str, ...], language: str, at_once: bool
) -> FrameResult | None:
    """The panel of one picture; None if it could not be read. The same file may be there twice: hence the number."""
    picture, words = st.columns([3, 2], gap="large")  # first: what is drawn while it waits must not move the player
    with picture:
        try:
            with st.spinner(f"Analyzing {without_links(name)} …"):
                analyzed = work.picture(data)
        except FizzogError as error:
            show_problem(error, name)
            return None
    found = analyzed.result.with_emotions(labels)
    digest = hashlib.sha256(data).hexdigest()
    key = f"{number}-{digest}"
    with picture:
        result.show_picture(analyzed, labels, digest)
        file = f"{name.rpartition('.')[0] or name}-fizzog.png"
        save_button("Picture (PNG)", file, work.annotated(data, labels), key=f"png-{key}")
    with words:
        result.show_reply(result.reply(found, language, digest), language, key, at_once)
        result.show_details(found)
    return found


st.title("Analyze a picture")
left, right = st.columns([3, 2], gap="large")
with left:
    pictures = chosen_pictures()
with right:
    labels = options.choose_vocabulary()
    language = options.choose_language()
    aloud = st.toggle("Speak the reply at once", value=True)

results: list[tuple[str, FrameResult]] = []
if pictures:
    panels = st.tabs([without_links(name) for name, _ in pictures]) if len(pictures) > 1 else [st.container()]
    for number, (panel, (name, data)) in enumerate(zip(panels, pictures, strict=True)):
        with panel:
            found = show_one(number, name, data, labels, language, at_once=aloud and len(pictures) == 1)
            if found is not None:
                results.append((name, found))
if results:
    st.subheader("Table")
    show_table(results)
