"""HTTP/1.1 without a client library: what a well-behaved client would not send."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

HELD_S = 15.0
"""Time for which an attack waits for an answer or holds its connections."""


def request_head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The request line and the header, with its empty line."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def send(address: str, source: str, head: bytes, parts: Iterable[bytes]) -> str:
    """Sends ``head`` and then ``parts`` until the server answers. Returns the status and the megabytes sent."""
    host = urlsplit(address)
    reader, writer = await asyncio.open_connection(host.hostname, host.port, local_addr=(source, 0))
    answer = asyncio.ensure_future(reader.read(12))
    sent = 0
    try:
        with suppress(ConnectionError):
            writer.write(head)
            for part in parts:
                if answer.done():
                    break
                writer.write(part)
                await writer.drain()
                sent += len(part)
        with suppress(ConnectionError, TimeoutError):
            line = await asyncio.wait_for(answer, HELD_S)
            return f"{line[9:12].decode() or 'closed'} after {sent / 1e6:.0f} MB"
        return f"closed after {sent / 1e6:.0f} MB"
    finally:
        answer.cancel()
        writer.close()
