"""STUN and TURN servers from the settings."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from fizzog_core import ice
from fizzog_core.errors import SessionError

TURN = {"urls": "turn:turn.example.org:3478", "username": "name", "credential": "secret"}


@pytest.mark.parametrize(
    ("servers", "turn"),
    [([], False), ([{"urls": "stun:a"}], False), ([TURN], True), ([{"urls": ["stun:a", "turns:b"]}], True)],
)
def test_reads_servers(servers: list[ice.IceServer], turn: bool) -> None:
    assert ice.parse(json.dumps(servers)) == servers
    assert ice.has_turn(servers) == turn


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
def test_says_what_is_wrong(text: str, what: str) -> None:
    with pytest.raises(SessionError, match=what):
        ice.parse(text)


class Twilio(BaseHTTPRequestHandler):
    """Answers as Twilio does, for one account."""

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


def test_twilio_gives_servers(twilio: str) -> None:
    assert ice.from_twilio("AC1", "tok1", twilio) == [TURN]


def test_twilio_refuses(twilio: str) -> None:
    with pytest.raises(SessionError, match="TWILIO_ACCOUNT_SID"):
        ice.from_twilio("AC1", "wrong", twilio)
