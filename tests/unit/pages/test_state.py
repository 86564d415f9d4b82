"""A visitor's state: one object of each class for a visit, which keeps its values between two runs of the page."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    from dataclasses import dataclass

    import streamlit as st

    from pages.ui.state import state_of

    @dataclass
    class Runs:
        count: int = 0

    @dataclass
    class Other:
        count: int = 7

    state_of(Runs).count += 1
    st.text(f"{state_of(Runs).count} {state_of(Other).count}")


def test_an_object_is_kept_for_its_visit_only() -> None:
    first, second = AppTest.from_function(page), AppTest.from_function(page)
    assert [visit.run().text[0].value for visit in (first, first, second)] == ["1 7", "2 7", "1 7"]
