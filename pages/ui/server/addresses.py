"""The visitor's network, for limits and for the order of the queue. It is kept in memory only."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

import streamlit as st
from starlette.types import Scope
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from fizzog_core.runtime.addresses import network_of

HEADER = "X-Forwarded-For"


def of_request(scope: Scope) -> str:
    """The sender's network."""
    name = HEADER.lower().encode()
    host = (scope.get("client") or ("", 0))[0]
    return _sender(host, [value.decode("latin-1") for key, value in scope["headers"] if key == name])


def of_visitor() -> str:
    """The network of the visitor of this page.

    The visit's identifier if the server does not know the network: Streamlit names no visitor on this machine, who may
    be a proxy that sends no header.
    """
    host = st.context.ip_address or ""
    context = get_script_run_ctx()
    return _sender(host, st.context.headers.get_all(HEADER)) or (context.session_id if context else "")


def _sender(host: str, forwarded: Iterable[str]) -> str:
    """The network of ``host``, or of the visitor of a proxy on this machine or a private network.

    That is the last address of ``X-Forwarded-For`` that is not private: further proxies add theirs behind it. The
    visitor can write what is before it. ``host``: empty for this machine.
    """
    named = [text.strip() for text in ",".join(forwarded).split(",") if text.strip()]
    if not named or not (host == "" or _is_private(host)):
        return network_of(host)
    return network_of(next((text for text in reversed(named) if not _is_private(text)), named[-1]))


def _is_private(text: str) -> bool:
    try:
        return ip_address(text).is_private
    except ValueError:  # a test client's or a socket's name
        return False
