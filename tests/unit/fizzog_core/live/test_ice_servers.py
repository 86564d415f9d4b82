"""Tests of the STUN and TURN servers in the settings."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import aioice.ice
import pytest
from aioice import stun
from aioice.ice import StunProtocol

from fizzog_core.errors import SettingsError
from fizzog_core.live import ice_servers

TURN = {"urls": "turn:turn.example.org:3478", "username": "name", "credential": "secret"}


@pytest.mark.parametrize(
    ("servers", "turn"),
    [([], False), ([{"urls": "stun:a"}], False), ([TURN], True), ([{"urls": ["stun:a", "turns:b"]}], True)],
)
def test_reads_servers(servers: list[ice_servers.IceServer], turn: bool) -> None:
    assert ice_servers.parse(json.dumps(servers)) == servers
    assert ice_servers.has_turn(servers) == turn


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not JSON"),
        ("turn:a", "not JSON"),
        ("{}", "it is a dict"),
        ("[1]", "no stun: or turn: address"),
        ('[{"urls": []}]', "no stun: or turn: address"),
        ('[{"urls": "http://a"}]', "no stun: or turn: address"),
        ('[{"url": "stun:a"}]', "no stun: or turn: address"),
    ],
)
def test_an_error_names_the_fault(text: str, what: str) -> None:
    with pytest.raises(SettingsError, match=what):
        ice_servers.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        '[{"url": "turn:a", "credential": "opensesame"}]',
        '[{"urls": "turn:a", "credential": "opensesame"]',
        '"opensesame"',
        '[{"urls": "opensesame"}]',
    ],
)
def test_an_error_contains_no_secret(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        ice_servers.parse(text)
    assert "opensesame" not in str(error.value)


class Twilio(BaseHTTPRequestHandler):
    """Twilio's token endpoint, with one account."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        known = self.path == "/AC1" and self.headers["Authorization"] == "Basic QUMxOnRvazE="
        self.send_response(201 if known else 401)
        self.end_headers()
        servers = [TURN | {"url": "turn:old"}]
        self.wfile.write(json.dumps({"ice_servers": servers} if known else {"message": "no"}).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def twilio() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Twilio)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{{sid}}"
    server.shutdown()
    server.server_close()


def test_requests_servers_from_twilio(twilio: str) -> None:
    assert ice_servers.from_twilio("AC1", "tok1", twilio) == [TURN]


def test_twilio_refuses_a_wrong_token(twilio: str) -> None:
    with pytest.raises(SettingsError, match="TWILIO_ACCOUNT_SID"):
        ice_servers.from_twilio("AC1", "wrong", twilio)


async def stays_open(response_delay_s: float) -> bool:
    """Whether a connection stays open if the peer's responses take ``response_delay_s``.

    The connection closes after one check without a response.
    """
    here, there = aioice.ice.Connection(ice_controlling=True), aioice.ice.Connection(ice_controlling=False)
    for one, other in ((here, there), (there, here)):
        await one.gather_candidates()
        for candidate in one.local_candidates:
            await other.add_remote_candidate(candidate)
        await other.add_remote_candidate(None)
        other.remote_username, other.remote_password = one.local_username, one.local_password
    await asyncio.gather(here.connect(), there.connect())
    respond, loop = there.request_received, asyncio.get_running_loop()

    def respond_late(message: stun.Message, addr: tuple[str, int], protocol: StunProtocol) -> None:
        loop.call_later(response_delay_s, respond, message, addr, protocol)

    there.request_received = respond_late
    await asyncio.sleep(2.5)
    try:
        await here.send(b"still there")
    except ConnectionError:
        return False
    else:
        return True
    finally:
        await asyncio.gather(here.close(), there.close())


@pytest.mark.parametrize(
    ("retransmits", "response_delay_s", "is_open"), [(False, 0, True), (False, 1, False), (True, 1, True)]
)
def test_a_late_response_keeps_the_connection_open(
    retransmits: bool, response_delay_s: float, is_open: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aioice.ice.StunProtocol, "request", aioice.ice.StunProtocol.request)
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.2)
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 1)
    if retransmits:
        ice_servers.retransmit_consent_checks()
    assert asyncio.run(stays_open(response_delay_s)) is is_open
