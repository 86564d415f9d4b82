"""Limits of the service: API key, request rate, body size, number of concurrent requests."""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fizzog_core.errors import RequestError

MAX_CLIENTS = 10_000
"""Clients whose request rate is stored; the one without a request for the longest time is dropped first."""
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``requests_per_s`` holds for each client, with bursts of twice as many; 0 is no limit."""

    body_bytes: int = 20_000_000
    """Largest body, also after decompression. A ``:predict`` has a smaller limit where its rows are small."""
    memory_bytes: int = 200_000_000
    """Bodies of all requests in memory together; further ones get status 503."""
    rows: int = 256
    at_work: int = 128
    """Requests at work after their bodies have arrived; further ones get status 503."""
    waiting: int = 32
    """Pictures that may wait for a worker process; further ones get status 503."""
    timeout_s: float = 10.0
    """Longest time for a body to arrive (then 408) and for a result (then 503)."""
    requests_per_s: float = 50.0
    api_key: str = ""


class Gate:
    """Admits requests. For use from the event loop's thread."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._free = threading.Semaphore(limits.at_work)
        self._reserved_bytes = 0

    @contextmanager
    def enter(self) -> Iterator[None]:
        """Admits a request whose body has arrived for the length of the block. Raises RequestError 503."""
        if not self._free.acquire(blocking=False):
            raise RequestError(503, f"The service handles {self.limits.at_work} requests already. Retry in a moment.")
        try:
            yield
        finally:
            self._free.release()

    @contextmanager
    def memory(self) -> Iterator[Callable[[int], None]]:
        """Yields a function that reserves bytes of ``memory_bytes`` until the block ends.

        The function raises RequestError 503 if they are not free.
        """
        reserved = 0

        def reserve(size: int) -> None:
            nonlocal reserved
            if self._reserved_bytes + size > self.limits.memory_bytes:
                raise RequestError(503, "The service holds too many large bodies. Retry in a moment.")
            reserved += size
            self._reserved_bytes += size

        try:
            yield reserve
        finally:
            self._reserved_bytes -= reserved

    def check(self, client: str, authorization: str) -> None:
        """Raises RequestError 429 above the rate, then 401 for a wrong key: the rate limits wrong keys too."""
        self._check_rate(client)
        if not self.limits.api_key:
            return
        expected = f"Bearer {self.limits.api_key}"
        if not hmac.compare_digest(authorization.encode(), expected.encode()):
            raise RequestError(401, "This service needs an API key. Send the header Authorization: Bearer KEY.")

    def _check_rate(self, client: str) -> None:
        """A token bucket for each client."""
        rate = self.limits.requests_per_s
        if rate <= 0:
            return
        now, burst = self._clock(), 2 * rate
        left, since = self._buckets.get(client, (burst, now))
        left = min(burst, left + (now - since) * rate)
        if left < 1:
            raise RequestError(429, f"Expected at most {rate:g} requests per second, got more. Slow down.")
        self._buckets[client] = left - 1, now
        self._buckets.move_to_end(client)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)


async def read_body(
    chunks: AsyncIterator[bytes], limits: Limits, reserve: Callable[[int], None], encoding: str = ""
) -> bytes:
    """A request's body, decompressed. ``encoding``: the header Content-Encoding, ``gzip`` or nothing.

    ``reserve`` is called with the number of bytes that each part adds. Raises RequestError: 413 as soon as the body is
    too large, 408 if it does not arrive in time, 415 for another encoding, 400 for damaged gzip, and what ``reserve``
    raises.
    """
    unpack = _Unpacker(limits.body_bytes, encoding)
    try:
        async with asyncio.timeout(limits.timeout_s):
            async for chunk in chunks:
                reserve(unpack.add(chunk))
    except TimeoutError:
        raise RequestError(408, f"The body did not arrive within {limits.timeout_s:g} s.") from None
    return unpack.finish()


class _Unpacker:
    """Collects a body up to ``limit`` bytes; gzip is unpacked as it arrives and never beyond the limit."""

    def __init__(self, limit: int, encoding: str) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip"):
            raise RequestError(415, f"Expected the Content-Encoding gzip or none, got {encoding[:40]!r}.")
        self._limit = limit
        self._body = bytearray()
        self._gzip = zlib.decompressobj(_GZIP) if "gzip" in name else None

    def add(self, chunk: bytes) -> int:
        """Returns the number of bytes that the chunk adds to the body."""
        part = self._unpacked(chunk) if self._gzip else chunk
        self._body += part
        if len(self._body) > self._limit:
            raise RequestError(413, f"The body is larger than {self._limit} bytes. Send less in one request.")
        return len(part)

    def finish(self) -> bytes:
        if self._gzip and not self._gzip.eof:
            raise RequestError(400, "The gzip body is cut short. Send it again.")
        return bytes(self._body)

    def _unpacked(self, chunk: bytes) -> bytes:
        assert self._gzip is not None
        if self._gzip.eof:
            return b""  # padding behind the end
        try:
            return self._gzip.decompress(chunk, self._limit + 1 - len(self._body))
        except zlib.error:
            raise RequestError(400, "The body is not gzip, as its Content-Encoding says.") from None
