"""A WebRTC peer in the test process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import av
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import MediaStreamError

from benchmarks.live.webrtc import Camera, Loop, ServerEnd, open_relay
from fizzog_core.live.session import LiveSession
from fizzog_core.types import Frame


class Peer:
    """Sends a camera's frames to a live session. ``shown``: frames that came back; ``last``: the last of them."""

    def __init__(self, server: Loop, client: Loop, live: LiveSession, picture: Callable[[int], Frame]) -> None:
        self.live = live
        self.shown = 0
        self.last: av.VideoFrame | None = None
        self._client = client
        self._server_end = ServerEnd(live, server, open_relay(server))
        self._connection = client.run(self._connect(picture))

    async def _connect(self, picture: Callable[[int], Frame]) -> RTCPeerConnection:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.on("track", lambda track: asyncio.ensure_future(self._receive(track)))
        connection.addTrack(Camera(picture))
        await connection.setLocalDescription(await connection.createOffer())
        answer = await asyncio.to_thread(self._server_end.answer, connection.localDescription, 20)
        await connection.setRemoteDescription(answer)
        return connection

    async def _receive(self, track: Any) -> None:
        with suppress(MediaStreamError):
            while True:  # until the track ends, which raises MediaStreamError
                self.last = await track.recv()
                self.shown += 1

    def receive(self, on: bool) -> None:
        """Switches the decoding at the server's end."""
        self._server_end.receive(on)

    def leave(self) -> None:
        """Close both ends."""
        self._client.run(self._connection.close())
        self._server_end.stop()


@contextmanager
def loops() -> Iterator[tuple[Loop, Loop]]:
    """Two event loops: the server's and the peers'."""
    server, client = Loop(), Loop()
    try:
        yield server, client
    finally:
        client.close()
        server.close()
