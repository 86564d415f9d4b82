"""The visitors' peers of the live benchmarks, in a separate process: aiortc replaces the browsers.

Reads commands as JSON lines: join, answer, leave. Sender: ``benchmarks.live.visitors``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from PIL import Image

from benchmarks.live import stamp
from benchmarks.live.webrtc import Camera
from fizzog_core.media import images
from fizzog_core.types import Frame

WIDTH, HEIGHT = 640, 480
READ_EVERY, LAST = 5, 100
"""The time is read from every fifth returned picture; the last hundred readings count."""
READABLE_MS = 60_000
"""Largest valid age. A larger value means that the compression has made the stamp unreadable."""
LARGEST_MESSAGE = 2**20
"""Bytes of one message of the results."""
STEPS = 30
"""Number of frames in which the picture moves to one side and back, so that a detector has a movement to track."""


class Visitors:
    """All visitors of this process, by number."""

    def __init__(self, pictures: list[Path]) -> None:
        self._frames = _frames(pictures)
        self._calls: dict[int, RTCPeerConnection] = {}
        self._received: dict[int, int] = {}
        self._shown_ms: dict[int, deque[float]] = {}
        self._readers: dict[int, asyncio.Task[None]] = {}

    async def join(self, number: int, rate: float, results: str | None = None) -> dict[str, Any]:
        """Makes an offer. ``results``: address of the stream of results for a visitor who gets no picture back."""
        call = self._calls[number] = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._received[number] = 0
        self._shown_ms[number] = deque(maxlen=LAST)
        call.on("track", lambda track: asyncio.ensure_future(self._watch(number, track)))
        camera = Camera(lambda frame: stamp.write(self._frames[frame % STEPS], time.monotonic()), rate)
        if results is None:
            call.addTrack(camera)
        else:
            call.addTransceiver(camera, "sendonly")
            self._readers[number] = asyncio.create_task(self._read(number, results))
        await call.setLocalDescription(await call.createOffer())
        return {"sdp": call.localDescription.sdp, "type": call.localDescription.type}

    async def answer(self, number: int, sdp: str, type: str) -> dict[str, Any]:
        await self._calls[number].setRemoteDescription(RTCSessionDescription(sdp, type))
        return {}

    async def leave(self, number: int) -> dict[str, Any]:
        if reader := self._readers.pop(number, None):
            reader.cancel()
        await self._calls.pop(number).close()
        shown_ms = list(self._shown_ms.pop(number))
        return {"received": self._received.pop(number), "shown_ms": shown_ms, "cpu_s": time.process_time()}

    async def _watch(self, number: int, track: Any) -> None:
        with suppress(MediaStreamError):
            while True:
                picture = await track.recv()
                self._received[number] += 1
                if self._received[number] % READ_EVERY == 0:
                    mirror = picture.to_ndarray(format="rgb24")[:, ::-1]
                    age_ms = stamp.age_ms(mirror, time.monotonic())
                    if age_ms < READABLE_MS:
                        self._shown_ms[number].append(age_ms)

    async def _read(self, number: int, results: str) -> None:
        async for message in _messages(results):
            if message["type"] == "result":
                self._received[number] += 1
                self._shown_ms[number].append(1000 * time.monotonic() - message["captured_ms"])


def _frames(pictures: list[Path]) -> list[Frame]:
    """Returns frames of 640x480 with the pictures side by side, which move by up to 12 px."""
    sheet = Image.new("RGB", (WIDTH, HEIGHT), (70, 80, 90))
    for k, path in enumerate(pictures):
        picture = Image.fromarray(images.read(path))
        picture.thumbnail((WIDTH // len(pictures), HEIGHT - 2 * stamp.HEIGHT_PX))
        sheet.paste(picture, (k * WIDTH // len(pictures), stamp.HEIGHT_PX))
    whole = np.asarray(sheet)
    return [np.roll(whole, round(12 * np.sin(2 * np.pi * k / STEPS)), axis=1) for k in range(STEPS)]


async def _messages(address: str) -> AsyncGenerator[dict[str, Any]]:
    """The messages of the stream at an address of ``benchmarks.live.result_streams``, until it ends."""
    port, path = address.split()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port), limit=LARGEST_MESSAGE)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))
    finally:
        writer.close()


async def _main() -> None:
    visitors = Visitors([Path(argument) for argument in sys.argv[1:]])
    while line := await asyncio.to_thread(sys.stdin.readline):
        told = json.loads(line)
        answer = await getattr(visitors, told.pop("do"))(**told)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
