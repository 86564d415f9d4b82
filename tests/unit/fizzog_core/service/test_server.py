"""Connections that never complete a request, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpx2
import pytest
import uvicorn

from benchmarks.waiting import wait_for
from fizzog_core.service import server

COMPLETE_S = 1.5
"""Enough for a whole header to arrive on a busy machine."""
HALF = b"GET / HTTP/1.1\r\nHost: a\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Returns the number of bytes in the body; waits as many seconds as the query says, first."""
    if scope["type"] == "lifespan":
        return
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await asyncio.sleep(float(scope["query_string"] or 0))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(str(size)))]})
    await send({"type": "http.response.body", "body": str(size).encode()})


@contextmanager
def listening(timeout_s: float = 20, connections: int = 0) -> Iterator[int]:
    """Runs a server and yields its port."""
    settings = server.config(echo, "127.0.0.1", 0, timeout_s=timeout_s, drain_s=5, connections=connections)
    settings.log_config = None
    running = uvicorn.Server(settings)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        wait_for(lambda: running.started, 20, "the server did not start")
        yield running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(20)


@contextmanager
def sockets(port: int) -> Iterator[Callable[[bytes], socket.socket]]:
    """Yields a function that connects and sends bytes."""
    with ExitStack() as opened:

        def connect(sent: bytes) -> socket.socket:
            one = opened.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=20)))
            one.sendall(sent)
            return one

        yield connect


def is_closed(one: socket.socket) -> bool:
    """Whether the server closes the connection without a response; waits for it."""
    try:
        return one.recv(100) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("sent", [b"", b"G", HALF], ids=["nothing", "a letter", "half a header"])
def test_a_header_that_does_not_arrive_ends_the_connection(sent: bytes) -> None:
    with listening(timeout_s=0.2) as port, sockets(port) as connect:
        assert is_closed(connect(sent))


def test_a_request_that_takes_longer_than_a_header_may_is_answered() -> None:
    with listening(timeout_s=COMPLETE_S) as port:
        assert httpx2.post(f"http://127.0.0.1:{port}/?{2 * COMPLETE_S}", content=b"four", timeout=20).text == "4"


def test_the_next_request_has_the_same_time() -> None:
    with listening(timeout_s=COMPLETE_S) as port, sockets(port) as connect:
        one = connect(HALF + b"\r\n")
        assert one.recv(1000).startswith(b"HTTP/1.1 200")
        one.sendall(b"G")  # the next request, whose header never ends
        assert is_closed(one)


@pytest.mark.parametrize(("size", "status"), [(100, b"200"), (server.HEADER_BYTES + 100, b"400")])
def test_a_header_has_a_largest_size(size: int, status: bytes) -> None:
    with listening() as port, sockets(port) as connect:
        one = connect(HALF + b"X: " + b"a" * size)  # without its end, it has to be kept
        if status == b"200":
            one.sendall(b"\r\n\r\n")
        assert one.recv(1000).split()[1] == status


@pytest.mark.parametrize(
    "sent", [HALF, HALF.replace(b"GET", b"POST") + b"Content-Length: 9\r\n\r\nhalf"], ids=["headers", "bodies"]
)
def test_the_oldest_half_sent_request_makes_room(sent: bytes) -> None:
    with listening(connections=3) as port, sockets(port) as connect:
        halves = [connect(sent) for _ in range(6)]
        assert httpx2.get(f"http://127.0.0.1:{port}/", timeout=20).status_code == 200
        for one in halves[:4]:
            assert is_closed(one)
        halves[5].sendall(b"\r\n" if sent == HALF else b"12345")
        assert halves[5].recv(1000).startswith(b"HTTP/1.1 200")


def test_a_request_at_work_is_not_closed_for_another() -> None:
    with listening(connections=1) as port, sockets(port) as connect:
        first = connect(HALF.replace(b"/ ", b"/?1 ") + b"\r\n")
        second = httpx2.get(f"http://127.0.0.1:{port}/", timeout=20)
        assert (second.status_code, second.headers["retry-after"]) == (503, "1")
        assert "too many connections" in second.json()["error"]
        assert first.recv(1000).startswith(b"HTTP/1.1 200")
