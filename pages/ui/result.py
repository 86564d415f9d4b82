"""The result panel: the drawn picture, the reply, and the probabilities of each face and hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd
import streamlit as st

from fizzog_core.errors import SpeechError
from fizzog_core.jobs.upload_jobs import AnalyzedPicture
from fizzog_core.labels import NOT_SURE
from fizzog_core.replies import catalog, rules
from fizzog_core.replies.catalog import Response
from fizzog_core.types import FaceResult, FrameResult, HandResult, Keypoints, Scores
from pages.ui import loaders, sound, work
from pages.ui.bars import probability_bars
from pages.ui.state import state_of


def in_words(result: FrameResult) -> str:
    """The result in one line, for a caption and for screen readers."""
    found = [f"a face: {_answer(face.emotion)}" for face in result.faces or ()]
    found += [f"a {hand.handedness or 'single'} hand: {_answer(hand.gesture)}" for hand in result.hands or ()]
    return "; ".join(found).capitalize() or "No face and no hand found"


@dataclass(slots=True)
class Replies:
    """The replies of a visit, by the key of the picture, the language and the rule."""

    chosen: dict[tuple[str, str, str], Response] = field(default_factory=dict)
    last: Response | None = None


def reply(result: FrameResult, language: str, key: str) -> Response:
    """The sentence for a result; it stays the same until the result or the language changes."""
    rule = rules.image_rule(result)
    replies = state_of(Replies)
    chosen = replies.chosen.get((key, language, rule))
    if chosen is None:
        chosen = replies.chosen[key, language, rule] = catalog.choose(rule, language, replies.last)
        replies.last = chosen
    return chosen


def show_reply(response: Response, language: str, key: str, at_once: bool = False) -> None:
    """Show the sentence, with its sound to play in the browser. ``key``: unique for each reply on a page."""
    with st.chat_message("assistant", avatar=str(loaders.LOGO)):
        st.markdown(f"**{response.text}**")
        try:
            spoken = loaders.voice().speak(response, language)
        except SpeechError:
            st.caption("There is no voice for this sentence.")
        else:
            sound.show(spoken, key, at_once)


def show_picture(picture: AnalyzedPicture, emotions: tuple[str, ...], key: str) -> None:
    """Show the picture with its result drawn on it. ``key``: one for each picture."""
    found = picture.result.with_emotions(emotions)
    words = in_words(found)
    st.image(work.drawn(key, emotions, picture), caption=words, alt=words, width="stretch")


def show_details(result: FrameResult) -> None:
    """A panel for each face and each hand: bars of the probabilities, and a face's 15 points."""
    if not result.faces and not result.hands:
        st.info("No face and no hand found. Faces are found best when they look at the camera, in good light.")
    for number, face in enumerate(result.faces or (), start=1):
        _show_one(f"Face {number}", face, face.emotion)
    for number, hand in enumerate(result.hands or (), start=1):
        _show_one(f"{(hand.handedness or '').capitalize()} hand {number}".strip(), hand, hand.gesture)


def _show_one(name: str, thing: FaceResult | HandResult, scores: Scores | None) -> None:
    with st.container(border=True):
        st.markdown(f"##### {name}: {_answer(scores)}")
        if scores is not None:
            st.vega_lite_chart(*probability_bars(scores), width="stretch")
        if isinstance(thing, FaceResult) and thing.keypoints is not None:
            with st.expander("15 keypoints"):
                st.dataframe(_points(thing.keypoints), hide_index=True, height=300)


def _answer(scores: Scores | None) -> str:
    if scores is None:
        return "not read"
    return f"{scores.label} {scores.score:.0%}" if scores.is_sure else f"{NOT_SURE} ({scores.label} {scores.score:.0%})"


def _points(keypoints: Keypoints) -> pd.DataFrame:
    x, y = keypoints.xy_px.round(1).T
    return pd.DataFrame({"point": [name.replace("_", " ") for name in keypoints.names], "x (px)": x, "y (px)": y})
