"""Visitors over real WebRTC without a browser: aiortc on both ends, streamlit-webrtc's own worker on the server's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from typing import Any, TypeVar

import av
import uvloop
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from streamlit_webrtc.webrtc import WebRtcMode, WebRtcWorker

from fizzog_core.live.session import LiveSession
from fizzog_core.live.webrtc_relay import NewestRelay
from fizzog_core.types import Frame

Result = TypeVar("Result")


class Loop:
    """An event loop as Streamlit's, on a thread of its own."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], limit_s: float = 30.0) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(limit_s)

    def close(self) -> None:
        self.run(_settle())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


async def _settle() -> None:
    """End what still runs on this loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Camera(VideoStreamTrack):
    """Sends ``picture(number)`` 30 times a second, or a whole part of that."""

    def __init__(self, picture: Callable[[int], Frame], rate: float = 30) -> None:
        super().__init__()
        self._picture = picture
        self._number = 0
        self._ticks = round(30 / rate)

    async def recv(self) -> av.VideoFrame:
        for _ in range(self._ticks):
            pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame.from_ndarray(self._picture(self._number), format="rgb24")
        frame.pts, frame.time_base = pts, Fraction(time_base)
        self._number += 1
        return frame


class Peer:
    """One visitor: sends a camera, counts what comes back."""

    def __init__(self, server: Loop, client: Loop, live: LiveSession, picture: Callable[[int], Frame]) -> None:
        self.live = live
        self.shown = 0
        self.last: av.VideoFrame | None = None
        self._client = client
        self._server = server
        relay = server.run(_relay())
        self._worker: Any = WebRtcWorker(
            mode=WebRtcMode.SENDRECV,
            rtc_configuration=RTCConfiguration(iceServers=[]),
            **dict.fromkeys(_UNUSED),  # type: ignore[arg-type]
            video_frame_callback=live.on_frame,
            on_video_ended=live.on_ended,
            async_processing=True,
            video_receiver_size=4,
            audio_receiver_size=4,
            sendback_video=True,
            sendback_audio=False,
            loop=server.loop,
            relay=relay,
        )
        self._pc = client.run(self._call(picture))

    async def _call(self, picture: Callable[[int], Frame]) -> RTCPeerConnection:
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        pc.on("track", lambda track: asyncio.ensure_future(self._watch(track)))
        pc.addTrack(Camera(picture))
        await pc.setLocalDescription(await pc.createOffer())
        offer = pc.localDescription
        answer = await asyncio.to_thread(self._worker.process_offer, offer.sdp, offer.type, 20)
        await pc.setRemoteDescription(RTCSessionDescription(answer.sdp, answer.type))
        return pc

    async def _watch(self, track: Any) -> None:
        with suppress(MediaStreamError):
            while True:
                self.last = await track.recv()
                self.shown += 1

    def leave(self) -> None:
        self._client.run(self._pc.close())
        self._worker.stop(timeout=10)


async def _relay() -> NewestRelay:
    return NewestRelay()


_UNUSED = (
    "source_video_track", "source_audio_track", "sink_video_track", "sink_audio_track", "player_factory",
    "in_recorder_factory", "out_recorder_factory", "audio_frame_callback", "queued_video_frames_callback",
    "queued_audio_frames_callback", "on_audio_ended", "video_processor_factory", "audio_processor_factory",
)  # fmt: skip


@contextmanager
def loops() -> Iterator[tuple[Loop, Loop]]:
    """One loop for the server, one for the visitors."""
    server, client = Loop(), Loop()
    try:
        yield server, client
    finally:
        client.close()
        server.close()
