"""How a problem is told: what was expected, what came, what to do. Never a traceback."""

from __future__ import annotations

import streamlit as st

from fizzog_core.errors import FizzogError


def show_problem(error: FizzogError, source: str = "") -> None:
    """A panel with the error's message; ``source`` names the file it is about."""
    st.error(f"**{source}**: {error}" if source else str(error), icon=":material/error:")
