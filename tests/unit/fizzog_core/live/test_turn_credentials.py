"""Tests of the TURN credentials with a coturn process, which accepts them until they expire."""

import asyncio
import subprocess
from collections.abc import Iterator

import aioice.turn
import pytest
from aioice.stun import TransactionFailed

from benchmarks.live.browser import free_port
from fizzog_core.live.turn_credentials import ice_server
from tests.support.paths import ROOT

SECRET = "shared by both"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Runs coturn with the configuration of the repository, on a free port of the loopback address."""
    port = free_port()
    command = ["turnserver", "-c", str(ROOT / "deploy" / "turnserver.conf"), "--realm=fizzog.test", "--no-tcp"]
    command += [f"--static-auth-secret={SECRET}", f"--listening-port={port}", "--listening-ip=127.0.0.1"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    yield port
    server.terminate()
    server.wait(10)


def allocate(port: int, server: dict) -> tuple[str, int]:
    """Requests a relay from coturn; returns its address and port. Raises TransactionFailed on a refusal."""

    async def connect() -> tuple[str, int]:
        transport, _ = await aioice.turn.create_turn_endpoint(
            asyncio.DatagramProtocol,
            server_addr=("127.0.0.1", port),
            username=server["username"],
            password=server["credential"],
        )
        relayed = transport.get_extra_info("sockname")
        transport.close()
        return relayed

    return asyncio.run(asyncio.wait_for(connect(), 30))


@pytest.mark.parametrize("urls", ["turn:a:1", "turn:a:1?transport=udp, turn:a:1?transport=tcp"])
def test_urls(urls: str) -> None:
    assert ice_server(urls, SECRET)["urls"] == urls.split(", ")


@pytest.mark.webrtc
def test_coturn_accepts_fresh_credentials(port: int) -> None:
    _, relay_port = allocate(port, ice_server("turn:a", SECRET))
    assert relay_port > 1023


@pytest.mark.parametrize(
    "server",
    [ice_server("turn:a", "another secret"), ice_server("turn:a", SECRET, lifetime_s=-60)],
    ids=["another secret", "expired"],
)
@pytest.mark.webrtc
def test_coturn_refuses_others(port: int, server: dict) -> None:
    with pytest.raises(TransactionFailed):
        allocate(port, server)


def test_each_visit_has_its_own_user_name() -> None:
    assert ice_server("turn:a", SECRET)["username"] != ice_server("turn:a", SECRET)["username"]
