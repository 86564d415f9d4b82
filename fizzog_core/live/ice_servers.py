"""Servers that help a browser and this server to reach each other: STUN says the own address, TURN relays."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Sequence
from typing import Any

from fizzog_core.errors import SettingsError

IceServer = dict[str, Any]
"""As in the browser: ``{"urls": "turn:host:3478", "username": "...", "credential": "..."}``."""

TWILIO_URL = "https://api.twilio.com/2010-04-01/Accounts/{sid}/Tokens.json"
LIMIT_S = 10.0
TRIES_AGAIN = 2
"""Of a check whether the visitor still listens: waited for 0.5, 1 and 2 s."""


def be_patient() -> None:
    """Let a busy server keep its visitors. aioice asks each browser every five seconds whether it still listens, and
    ends the call when six answers in a row take longer than half a second; docs/decisions/016-busy-servers.md."""
    import aioice.ice

    ask = aioice.ice.StunProtocol.request

    async def patient(*given: Any, retransmissions: int | None = None, **named: Any) -> Any:
        return await ask(*given, retransmissions=TRIES_AGAIN if retransmissions == 0 else retransmissions, **named)

    aioice.ice.StunProtocol.request = patient


def parse(text: str) -> list[IceServer]:
    """The servers in ``FIZZOG_ICE_SERVERS``, a JSON list.

    Raises SettingsError, whose message contains no part of the setting, as it can hold a password.
    """
    try:
        servers = json.loads(text)
    except ValueError as error:
        raise SettingsError(_wrong(f"it is not JSON ({error})")) from None
    if not isinstance(servers, list):
        raise SettingsError(_wrong(f"it is a {type(servers).__name__}"))
    for number, server in enumerate(servers, 1):
        urls = server.get("urls") if isinstance(server, dict) else None
        listed = [urls] if isinstance(urls, str) else urls
        if not (isinstance(listed, list) and listed and all(_is_ice_url(url) for url in listed)):
            raise SettingsError(_wrong(f"server {number} has no stun: or turn: address"))
    return servers


def has_turn(servers: Sequence[IceServer]) -> bool:
    """Whether one of them relays."""
    for server in servers:
        urls = server["urls"]
        if any(url.startswith(("turn:", "turns:")) for url in ([urls] if isinstance(urls, str) else urls)):
            return True
    return False


def from_twilio(sid: str, token: str, url: str = TWILIO_URL) -> list[IceServer]:
    """Twilio's servers, with credentials for an hour. Raises SettingsError if they cannot be had."""
    login = base64.b64encode(f"{sid}:{token}".encode()).decode()
    request = urllib.request.Request(
        url.format(sid=sid), data=b"Ttl=3600", headers={"Authorization": f"Basic {login}"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            servers = json.load(answer)["ice_servers"]
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(
            f"Twilio gave no TURN servers ({error}). Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        ) from None
    return [{key: value for key, value in s.items() if key in ("urls", "username", "credential")} for s in servers]


def _is_ice_url(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("stun:", "stuns:", "turn:", "turns:"))


def _wrong(what: str) -> str:
    return (
        f"FIZZOG_ICE_SERVERS cannot be used: {what}. Expected a JSON list such as "
        '[{"urls": "turn:turn.example.org:3478", "username": "name", "credential": "secret"}].'
    )
