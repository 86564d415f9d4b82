"""Choices that several pages offer."""

from __future__ import annotations

import streamlit as st

from fizzog_core.labels import EMOTION_VOCABULARIES
from fizzog_core.replies.catalog import LANGUAGES

VOCABULARY_WORDS = {7: "7: all", 6: "6: without disgust", 5: "5: angry, disgust, happy, sad, surprise"}


def choose_vocabulary() -> tuple[str, ...]:
    """The emotion labels that the visitor wants."""
    size = st.selectbox(
        "Expressions",
        list(EMOTION_VOCABULARIES),
        format_func=VOCABULARY_WORDS.__getitem__,
        help="The same network answers; the probabilities of the labels that are left are scaled to sum to 1.",
    )
    return EMOTION_VOCABULARIES[size]


def preferred_language() -> str:
    """The browser's language where Fizzog speaks it, else English."""
    code = (st.context.locale or "").partition("-")[0]
    return code if code in LANGUAGES else "en"


def choose_language() -> str:
    """The language of the replies, as a code; the browser's at first."""
    codes = list(LANGUAGES)
    first = codes.index(preferred_language())
    return st.selectbox("Language of the reply", codes, index=first, format_func=LANGUAGES.__getitem__)
