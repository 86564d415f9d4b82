"""Explore data: the data sets, from their derived figures, and a visitor's own."""

import streamlit as st

from fizzog_core.datasets import summaries
from fizzog_core.errors import FizzogError
from pages.ui.explore import upload
from pages.ui.explore.parts import folder_of
from pages.ui.explore.views import OWN, VIEWS
from pages.ui.problem import show_problem


def about(name: str) -> None:
    """What the data set is, where it comes from and what is wrong with it."""
    card = summaries.load_card(folder_of(name))
    st.markdown(card.about)
    with st.expander("Origin, licence and known faults", icon=":material/info:"):
        st.markdown(f"{card.origin}  \n{card.licence}\n" + "".join(f"\n- {fault}" for fault in card.faults))


st.title("Explore data")
name = st.segmented_control(
    "Data set", [*VIEWS, OWN], default="fer2013", required=True, key="dataset", bind="query-params"
)
try:
    if name == OWN:
        upload.show()
    else:
        about(name)
        first = "Samples" if "rows" in st.query_params else "Counts"
        view = st.segmented_control(
            "View", list(VIEWS[name]), default=first, required=True, key="view", bind="query-params"
        )
        VIEWS[name][view]()
except FizzogError as error:
    show_problem(error)
