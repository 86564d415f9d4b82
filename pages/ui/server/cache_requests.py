"""Requests to clear the server's caches, which any browser can send: docs/decisions/022-cache-requests.md."""

from __future__ import annotations

from streamlit.runtime.app_session import AppSession


def ignore() -> None:
    """Ignore the message ``clear_cache``. Streamlit 1.67 clears the caches of all visitors for any sender."""
    AppSession._handle_clear_cache_request = _do_nothing  # type: ignore[method-assign]


def _do_nothing(session: AppSession) -> None:
    pass
