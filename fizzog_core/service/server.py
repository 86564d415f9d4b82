"""The HTTP server: uvicorn with limits on connections and headers. Reasons: docs/decisions/045-connections.md."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections import Counter
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from fizzog_core.runtime.events import event

HEADER_BYTES = 16_384
"""Largest request line and headers together."""
MOST_CONNECTIONS = 512
OTHER_FILES = 128
"""Files of the limit on open files that are not for connections: networks, logs, connections about to be closed."""
CLOSE_S = 5
"""Time for threads to end after the drain; then the process ends without them."""
_BACKLOG = 64
_FULL = b'{"error": "The service has too many connections. Retry in a moment."}'
_FULL_HEADER = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n"
)


def run(app: Any, host: str, port: int, *, timeout_s: float, drain_s: int) -> None:
    """Serves ``app`` until SIGTERM or SIGINT.

    ``timeout_s``: longest time for a header, and for a response to be taken. ``drain_s``: time for running requests
    after the signal; the process ends at most ``CLOSE_S`` later.
    """
    event("start", port=port)
    _Server(config(app, host, port, timeout_s=timeout_s, drain_s=drain_s)).run()


def config(app: Any, host: str, port: int, *, timeout_s: float, drain_s: int, connections: int = 0) -> uvicorn.Config:
    """uvicorn's configuration. ``connections``: most connections; 0 takes as many as the limit on open files allows."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        # h11: httptools, which uvicorn prefers where it is installed, takes headers of any size.
        http=partial(_Protocol, connections=_Connections(connections or _most_connections(), timeout_s)),  # type: ignore[arg-type]
        ws="none",
        h11_max_incomplete_event_size=HEADER_BYTES,
        backlog=_BACKLOG,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=drain_s,
    )


def _most_connections() -> int:
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OTHER_FILES))


class _Connections:
    """The connections of a server. ``incomplete``: those without a complete request, oldest first."""

    def __init__(self, most: int, timeout_s: float) -> None:
        self.most, self.timeout_s = most, timeout_s
        self.incomplete: dict[_Protocol, None] = {}

    def make_room(self) -> bool:
        """Closes the oldest incomplete connection of the address that has most of them; False if there is none."""
        if not self.incomplete:
            return False
        address = Counter(one.address for one in self.incomplete).most_common(1)[0][0]
        next(one for one in self.incomplete if one.address == address).abort()
        return True


class _Protocol(H11Protocol):
    """A connection. It is aborted if no header arrives, or no response is taken, within the time limit."""

    def __init__(self, *, connections: _Connections, **options: Any) -> None:
        super().__init__(**options)
        self._all = connections
        self._timer: asyncio.TimerHandle | None = None

    @property
    def address(self) -> str:
        return self.client[0] if self.client else ""

    def abort(self) -> None:
        """Closes the connection at once and counts it no longer."""
        self._forget()
        self.connections.discard(self)
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._all.most and not self._all.make_room():
            self.connections.discard(self)
            transport.write(_FULL_HEADER % len(_FULL) + _FULL)
            transport.close()
            return
        self._update()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._update()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._update()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _update(self) -> None:
        """Sets the timer while no request is being answered, and lists the connection until its request is complete."""
        if self not in self.connections:
            return
        running = self.cycle is not None and not self.cycle.response_complete
        if running:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(self._all.timeout_s, self.abort)
        if running and not self.cycle.more_body:
            self._all.incomplete.pop(self, None)
        else:
            self._all.incomplete.setdefault(self, None)

    def _forget(self) -> None:
        self._stop_timer()
        self._all.incomplete.pop(self, None)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Server(uvicorn.Server):
    """Ends the process at the latest ``CLOSE_S`` after the drain, also if a thread does not end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            watchdog = threading.Timer((self.config.timeout_graceful_shutdown or 0) + CLOSE_S, os._exit, [1])
            watchdog.daemon = True
            watchdog.start()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        event("shutdown", at_work=len(self.server_state.tasks))
        await super().shutdown(sockets)
