"""Teach me: a hand shape of the visitor's own, recognised from then on in this session."""

from __future__ import annotations

import dataclasses
import time

import streamlit as st

from fizzog_core.errors import TeachError
from fizzog_core.live.session import LiveSession
from fizzog_core.tracking.custom_gestures import LONGEST_NAME, CustomGestures
from fizzog_core.types import HandResult, TrackedResult
from pages.ui.download import save_button
from pages.ui.live.state import Lesson, state
from pages.ui.markdown import without_links
from pages.ui.problem import show_problem

HOLD_S = 5.0


def show(live: LiveSession) -> None:
    """Enter a name, hold the hand, done; below it the list of taught shapes, to save, load and delete."""
    st.fragment(_show, run_every=0.5 if state().lesson else None)(live)


def _show(live: LiveSession) -> None:
    st.caption(f"Name a hand shape, press the button, and hold the shape for {HOLD_S:.0f} seconds.")
    name = st.text_input("Name of the hand shape", max_chars=LONGEST_NAME, key="live_teach_name")
    if st.button("Watch my hand", icon=":material/front_hand:"):
        if not name.strip() or not live.view().streaming:
            st.info("Start the camera and give the hand shape a name first.")
            return
        lesson = state().lesson = Lesson(name, time.monotonic())
        live.listeners["teach"] = lambda seen, _: _note(lesson.hands, seen)
        st.rerun()
    _watching(live)
    _known(live)


def _note(hands: list[HandResult], seen: TrackedResult) -> None:
    """Collect the hand that is shown: the largest at first, then the same one."""
    same = [hand for hand in seen.result.hands or () if not hands or hand.track_id == hands[0].track_id]
    if same:
        hands.append(max(same, key=lambda hand: hand.detection.box.height))


def _watching(live: LiveSession) -> None:
    kept = state()
    lesson = kept.lesson
    if lesson is None:
        return
    passed_s = time.monotonic() - lesson.began_s
    if passed_s < HOLD_S:
        st.progress(passed_s / HOLD_S, f"Hold {without_links(repr(lesson.name))} still: {HOLD_S - passed_s:.0f} s")
        return
    kept.lesson = None
    live.listeners.pop("teach", None)
    landmarks = [hand.detection.landmarks_px for hand in lesson.hands if hand.detection.landmarks_px is not None]
    try:
        _set(live, live.options.custom.teach(lesson.name, landmarks))
    except TeachError as error:
        kept.teach_problem = error
    else:
        kept.teach_problem = None
        kept.taught = lesson.name
    st.rerun()


def _known(live: LiveSession) -> None:
    kept = state()
    if kept.taught:
        st.toast(f"Learned {without_links(repr(kept.taught))}", icon=":material/check:")
        kept.taught = ""
    if kept.teach_problem:
        show_problem(kept.teach_problem)
    custom = live.options.custom
    for name in custom.names:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{without_links(name)}**")
            if st.button("Forget", key=f"live_forget_{name}"):
                _set(live, custom.forget(name))
                st.rerun(scope="fragment")
    if custom.names:
        save_button("Save what it learned", "fizzog-gestures.json", custom.to_json())
    given = st.file_uploader("Load what it learned before", type=["json"], key="live_teach_file")
    if given is not None and kept.loaded_file != given.file_id:
        kept.loaded_file = given.file_id
        try:
            _set(live, CustomGestures.from_json(given.getvalue()))
        except TeachError as error:
            kept.teach_problem = error
        else:
            kept.teach_problem = None
        st.rerun(scope="fragment")


def _set(live: LiveSession, custom: CustomGestures) -> None:
    live.options = dataclasses.replace(live.options, custom=custom)
