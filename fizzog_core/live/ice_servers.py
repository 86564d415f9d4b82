"""STUN and TURN servers for WebRTC: STUN reports a peer's public address, TURN relays the media."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Sequence
from typing import Any

from fizzog_core.errors import SettingsError

IceServer = dict[str, Any]
"""The browser's ``RTCIceServer``: ``{"urls": "turn:host:3478", "username": "...", "credential": "..."}``."""

TWILIO_URL = "https://api.twilio.com/2010-04-01/Accounts/{sid}/Tokens.json"
LIMIT_S = 10.0
CONSENT_RETRANSMISSIONS = 2
"""Retransmissions of a consent check. The waits for a response are 0.5, 1 and 2 s."""


def retransmit_consent_checks() -> None:
    """Makes aioice retransmit its consent checks, so that a busy server keeps its connections.

    aioice sends a consent check every five seconds and closes the connection if six responses in a row take longer than
    half a second. Figures: docs/decisions/016-busy-servers.md.
    """
    import aioice.ice

    request = aioice.ice.StunProtocol.request

    async def retransmitted(*args: Any, retransmissions: int | None = None, **kwargs: Any) -> Any:
        count = CONSENT_RETRANSMISSIONS if retransmissions == 0 else retransmissions
        return await request(*args, retransmissions=count, **kwargs)

    aioice.ice.StunProtocol.request = retransmitted


def parse(text: str) -> list[IceServer]:
    """Reads the value of ``FIZZOG_ICE_SERVERS``, a JSON list of servers.

    Raises SettingsError. The message contains no part of the value, because the value can contain a password.
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
    """Whether one of ``servers`` is a TURN server."""
    for server in servers:
        urls = server["urls"]
        if any(url.startswith(("turn:", "turns:")) for url in ([urls] if isinstance(urls, str) else urls)):
            return True
    return False


def from_twilio(sid: str, token: str, url: str = TWILIO_URL) -> list[IceServer]:
    """Requests servers from Twilio. Their credentials are valid for an hour. Raises SettingsError on a failure."""
    login = base64.b64encode(f"{sid}:{token}".encode()).decode()
    request = urllib.request.Request(
        url.format(sid=sid), data=b"Ttl=3600", headers={"Authorization": f"Basic {login}"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            servers = json.load(answer)["ice_servers"]
    except (OSError, ValueError, KeyError) as error:
        raise SettingsError(
            f"Twilio returned no TURN servers ({error}). Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        ) from None
    return [{key: value for key, value in s.items() if key in ("urls", "username", "credential")} for s in servers]


def _is_ice_url(url: object) -> bool:
    return isinstance(url, str) and url.startswith(("stun:", "stuns:", "turn:", "turns:"))


def _wrong(what: str) -> str:
    return (
        f"FIZZOG_ICE_SERVERS cannot be used: {what}. Expected a JSON list such as "
        '[{"urls": "turn:turn.example.org:3478", "username": "name", "credential": "secret"}].'
    )
