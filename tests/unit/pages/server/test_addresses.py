"""Whose address counts, with and without a proxy."""

from types import SimpleNamespace

import pytest
import streamlit as st

from pages.ui.server import addresses

CASES = [
    ("127.0.0.1", "1.1.1.1, 8.8.8.8", "8.8.8.8"),
    ("127.0.0.1", "1.1.1.1, 8.8.8.8, 10.0.0.3", "8.8.8.8"),
    ("10.0.0.2", "192.168.1.7, 10.0.0.3", "10.0.0.3"),
    ("8.8.4.4", "1.1.1.1", "8.8.4.4"),
    ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
    ("10.0.0.2", "2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
    ("testclient", "1.1.1.1", "testclient"),
]


@pytest.mark.parametrize(("host", "forwarded", "network"), [("127.0.0.1", "", "127.0.0.1"), *CASES])
def test_only_a_proxy_nearby_names_the_address_of_a_request(host: str, forwarded: str, network: str) -> None:
    scope = {"client": (host, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    assert addresses.of_request(scope) == network


@pytest.mark.parametrize(("host", "forwarded", "network"), [("127.0.0.1", "", "the visit"), *CASES])
def test_the_address_of_a_visitor(host: str, forwarded: str, network: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an unknown one, as behind a proxy that sends no header, the visit counts."""
    headers = SimpleNamespace(get_all=lambda name: [forwarded] if forwarded else [])
    named = None if host == "127.0.0.1" else host  # as Streamlit does
    monkeypatch.setattr(st, "context", SimpleNamespace(ip_address=named, headers=headers))
    monkeypatch.setattr(addresses, "get_script_run_ctx", lambda: SimpleNamespace(session_id="the visit"))
    assert addresses.of_visitor() == network


def test_headers_of_the_same_name_are_one_list() -> None:
    scope = {"client": ("10.0.0.2", 1), "headers": [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"8.8.8.8")]}
    assert addresses.of_request(scope) == "8.8.8.8"
