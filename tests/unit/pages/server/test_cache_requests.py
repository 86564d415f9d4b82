"""A visitor's message does not clear the caches of the others."""

from unittest.mock import MagicMock

import pytest
import streamlit as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.app_session import AppSession

from pages.ui.server import cache_requests


def loads_after_the_message() -> int:
    """How often a cached resource is loaded when ``clear_cache`` comes between two uses."""
    loads: list[int] = []
    st.cache_resource.clear()

    @st.cache_resource(show_spinner=False)
    def resource() -> None:
        loads.append(1)

    resource()
    session = MagicMock()
    session._handle_clear_cache_request = lambda: AppSession._handle_clear_cache_request(session)
    AppSession.handle_backmsg(session, BackMsg(clear_cache=True))
    resource()
    return len(loads)


def test_streamlit_itself_clears_them() -> None:
    assert loads_after_the_message() == 2, "Streamlit no longer clears them: take cache_requests out"


def test_the_message_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "_handle_clear_cache_request"
    monkeypatch.setattr(AppSession, name, getattr(AppSession, name))  # restored after the test
    cache_requests.ignore()
    assert loads_after_the_message() == 1
