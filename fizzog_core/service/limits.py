"""What keeps one client from hurting the others: key, rate, request size, number of requests at work."""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fizzog_core.errors import RequestError

MOST_CLIENTS = 10_000
"""Clients whose rate is kept; when there are more, those who have been quiet are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the service allows. ``requests_per_s`` is for each client, bursts of twice as many; 0 is no limit."""

    body_bytes: int = 20_000_000
    rows: int = 256
    at_work: int = 128
    """Requests that may be held in memory; more get 503."""
    waiting: int = 32
    """Pictures that may wait for a detector; more get 503."""
    timeout_s: float = 10.0
    """Longest time for a body to arrive, and for an answer to be ready; then 408 and 503."""
    requests_per_s: float = 50.0
    api_key: str = ""


class Gate:
    """Lets requests in, or says why not; for use from the event loop's thread."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._free = threading.Semaphore(limits.at_work)

    @contextmanager
    def enter(self, client: str, authorization: str) -> Iterator[None]:
        """Holds one of the places while a request is at work. Raises RequestError 401, 429 or 503."""
        self.check_key(authorization)
        self._check_rate(client)
        if not self._free.acquire(blocking=False):
            raise RequestError(503, f"{self.limits.at_work} requests are at work already. Try again in a moment.")
        try:
            yield
        finally:
            self._free.release()

    def check_key(self, authorization: str) -> None:
        """Raises RequestError 401 if a key is needed and this header does not carry it."""
        if not self.limits.api_key:
            return
        expected = f"Bearer {self.limits.api_key}"
        if not hmac.compare_digest(authorization.encode(), expected.encode()):
            raise RequestError(401, "This service needs its API key. Send the header Authorization: Bearer KEY.")

    def _check_rate(self, client: str) -> None:
        rate = self.limits.requests_per_s
        if rate <= 0:
            return
        now, burst = self._clock(), 2 * rate
        left, since = self._buckets.get(client, (burst, now))
        left = min(burst, left + (now - since) * rate)
        if left < 1:
            raise RequestError(429, f"Expected at most {rate:g} requests a second, more came. Slow down.")
        if client not in self._buckets and len(self._buckets) >= MOST_CLIENTS:
            self._buckets = {c: (t, s) for c, (t, s) in self._buckets.items() if t + (now - s) * rate < burst}
        self._buckets[client] = left - 1, now


async def read_body(chunks: AsyncIterator[bytes], limits: Limits) -> bytes:
    """A request's body. Raises RequestError 413 as soon as it is too large, 408 if it does not arrive in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(limits.timeout_s):
            async for chunk in chunks:
                body += chunk
                if len(body) > limits.body_bytes:
                    raise RequestError(413, f"The body is larger than {limits.body_bytes} bytes. Send less at a time.")
    except TimeoutError:
        raise RequestError(408, f"The body did not arrive within {limits.timeout_s:g} s.") from None
    return bytes(body)
