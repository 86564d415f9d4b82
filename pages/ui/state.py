"""What a page keeps for a visitor between two of its runs: one dataclass for each page or part that several pages use.

Streamlit's own keys, which are those of widgets, stay in ``st.session_state``.
"""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def key_of(kind: type) -> str:
    """Return the key in ``st.session_state`` of a visitor's object of class ``kind``."""
    return f"{kind.__module__}.{kind.__qualname__}"  # not the class: a reload of its module makes another one


def state_of(kind: type[T]) -> T:
    """Return this visitor's object of class ``kind``; the first call of a visit creates it with its defaults."""
    key = key_of(kind)
    if key not in st.session_state:
        st.session_state[key] = kind()
    return st.session_state[key]
