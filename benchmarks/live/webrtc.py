"""Video over real WebRTC without a browser: aiortc at the peer's end, streamlit-webrtc's worker at the server's end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from fractions import Fraction
from typing import Any, TypeVar

import av
import uvloop
from aiortc import RTCConfiguration, RTCSessionDescription, VideoStreamTrack
from streamlit_webrtc.sink import VideoSinkTrack
from streamlit_webrtc.webrtc import WebRtcMode, WebRtcWorker

from fizzog_core.live import receiving
from fizzog_core.live.session import LiveSession
from fizzog_core.live.webrtc_relay import NewestRelay
from fizzog_core.types import Frame

Result = TypeVar("Result")
Receive = Callable[[av.VideoFrame], None]
"""Takes a frame of a stream without a way back, on the event loop."""

CAMERA_RATE = 30
"""Ticks per second of aiortc's video clock."""

_UNUSED = (
    "source_video_track", "source_audio_track", "sink_audio_track", "player_factory",
    "in_recorder_factory", "out_recorder_factory", "audio_frame_callback", "queued_video_frames_callback",
    "queued_audio_frames_callback", "on_audio_ended", "video_processor_factory", "audio_processor_factory",
)  # fmt: skip


class Loop:
    """A uvloop event loop, as Streamlit has one, on its own thread."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], limit_s: float = 30.0) -> Result:
        """Runs a coroutine on the loop and returns its result. Raises TimeoutError after ``limit_s``."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(limit_s)

    def close(self) -> None:
        """Cancels the loop's tasks, ends its thread and closes the loop."""
        self.run(_cancel_other_tasks())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


async def _cancel_other_tasks() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Camera(VideoStreamTrack):
    """Sends ``picture(frame_number)`` ``rate`` times per second; ``rate`` is 30 divided by a whole number."""

    def __init__(self, picture: Callable[[int], Frame], rate: float = CAMERA_RATE) -> None:
        super().__init__()
        self._picture = picture
        self._number = 0
        self._ticks = round(CAMERA_RATE / rate)

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        for _ in range(self._ticks - 1):
            pts, time_base = await self.next_timestamp()
        frame = av.VideoFrame.from_ndarray(self._picture(self._number), format="rgb24")
        frame.pts, frame.time_base = pts, Fraction(time_base)
        self._number += 1
        return frame


class ServerEnd:
    """The server's end of one connection: the worker of streamlit-webrtc, with the callbacks of a live session.

    ``receive``: callback of each frame of a stream without a way back; None for a stream whose drawn frames go back.
    """

    def __init__(self, live: LiveSession, server: Loop, relay: NewestRelay, receive: Receive | None = None) -> None:
        asyncio.set_event_loop(None)  # else streamlit-webrtc 0.79 gives this thread a loop that nobody closes
        self._live = live
        unused = dict.fromkeys(_UNUSED)
        self._worker: Any = WebRtcWorker(
            mode=WebRtcMode.SENDONLY if receive else WebRtcMode.SENDRECV,
            rtc_configuration=RTCConfiguration(iceServers=[]),
            **unused,
            sink_video_track=VideoSinkTrack(receive) if receive else None,
            video_frame_callback=None if receive else live.on_frame,
            on_video_ended=None if receive else live.on_ended,
            async_processing=True,
            video_receiver_size=4,
            audio_receiver_size=4,
            sendback_video=True,
            sendback_audio=False,
            loop=server.loop,
            relay=relay,
        )

    def answer(self, offer: RTCSessionDescription, limit_s: float = 30.0) -> RTCSessionDescription:
        """Accepts the peer's offer and returns the answer. Blocks until the worker has created the answer."""
        answer = self._worker.process_offer(offer.sdp, offer.type, limit_s)
        return RTCSessionDescription(answer.sdp, answer.type)

    def receive(self, on: bool) -> None:
        """Switches the decoding of the peer's frames."""
        receiving.receive(self._worker.pc, on)

    def stop(self) -> None:
        self._worker.stop(timeout=10)
        self._live.on_ended()


def open_relay(server: Loop) -> NewestRelay:
    """A relay that belongs to the server's loop: its constructor needs a running loop."""

    async def make() -> NewestRelay:
        return NewestRelay()

    return server.run(make())
