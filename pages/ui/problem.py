"""Show an error as a sentence: what was expected, what came, what to do. Never a traceback."""

from __future__ import annotations

import streamlit as st

from fizzog_core.errors import FizzogError
from pages.ui.markdown import without_links


def show_problem(error: FizzogError, source: str = "") -> None:
    """A panel with the error's message; ``source`` names the file it is about."""
    message = without_links(str(error))
    st.error(f"**{without_links(source)}**: {message}" if source else message, icon=":material/error:")
