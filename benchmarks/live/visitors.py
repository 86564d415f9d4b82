"""The server's side of live.py and soak.py: real WebRTC, live sessions and the engine as the site has them, no page.

The visitors are another process (benchmarks.live.visitor_client), so that memory and processor time are the
server's own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiortc import RTCConfiguration
from streamlit_webrtc.webrtc import WebRtcMode, WebRtcWorker

from benchmarks.live import stamp
from benchmarks.peers.workers import ROOT
from fizzog_core import settings
from fizzog_core.live import ice_servers
from fizzog_core.live.analysis_thread import OpenAnalyzer, riding_on
from fizzog_core.live.camera import FULL_RATE
from fizzog_core.live.session import LiveSession
from fizzog_core.live.webrtc_relay import NewestRelay
from fizzog_core.networks import loading
from fizzog_core.networks.batching import Engine
from fizzog_core.runtime import malloc
from fizzog_core.runtime.slots import Places
from fizzog_core.types import Frame, FrameResult
from fizzog_core.vision.analyzer import FrameAnalyzer
from tests.support.webrtc_peers import Loop

ASTRONAUT = ROOT / "samples" / "astronaut.png"
UNUSED = (
    "source_video_track", "source_audio_track", "sink_video_track", "sink_audio_track", "player_factory",
    "in_recorder_factory", "out_recorder_factory", "audio_frame_callback", "queued_video_frames_callback",
    "queued_audio_frames_callback", "on_audio_ended", "video_processor_factory", "audio_processor_factory",
)  # fmt: skip


@dataclass(slots=True)
class Visit:
    """One visitor. ``ages_ms``: for each result, the time since its frame was captured by the visitor."""

    number: int
    live: LiveSession
    began_s: float
    worker: Any = None
    ages_ms: list[float] = field(default_factory=list)
    faces: int = 0
    hands: int = 0


class Server:
    """The engine and its visitors. ``client_cpu_s``: what the visitors' process has used, as of the last leave."""

    def __init__(self, pictures: Sequence[Path], limit: int) -> None:
        malloc.set_up()
        ice_servers.be_patient()
        self._loop = Loop()
        self._relay = self._loop.run(_relay())
        networks = loading.load_all(settings.get().models)
        self._engine = Engine(networks)
        self._places = Places(limit)
        self._visits = 0
        self.client_cpu_s = 0.0
        self._client = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.live.visitor_client", *map(str, pictures)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True,
        )  # fmt: skip

    def join(self, rate: float = FULL_RATE) -> Visit:
        """A new visitor, connected, who sends so many pictures a second."""
        self._visits += 1
        visit = Visit(self._visits, None, time.monotonic())  # type: ignore[arg-type]
        visit.live = LiveSession(_measured(riding_on(lambda: self._engine), visit), self._places)
        offer = self._tell("join", visit.number, rate=rate)
        visit.worker = WebRtcWorker(
            mode=WebRtcMode.SENDRECV,
            rtc_configuration=RTCConfiguration(iceServers=[]),
            **dict.fromkeys(UNUSED),  # type: ignore[arg-type]
            video_frame_callback=visit.live.on_frame,
            on_video_ended=visit.live.on_ended,
            async_processing=True,
            video_receiver_size=4,
            audio_receiver_size=4,
            sendback_video=True,
            sendback_audio=False,
            loop=self._loop.loop,
            relay=self._relay,
        )
        answer = visit.worker.process_offer(offer["sdp"], offer["type"], 30)
        self._tell("answer", visit.number, sdp=answer.sdp, type=answer.type)
        return visit

    def leave(self, visit: Visit) -> dict[str, Any]:
        """The visitor goes; gives how many pictures came back to it, ``received``, and of some of the last their age on
        arrival, ``shown_ms``."""
        answer = self._tell("leave", visit.number)
        self.client_cpu_s = answer["cpu_s"]
        visit.worker.stop(timeout=10)
        return answer

    @property
    def places_taken(self) -> int:
        return self._places.taken

    def close(self) -> None:
        self._client.communicate()
        self._engine.close()
        self._loop.close()

    def _tell(self, do: str, number: int, **more: object) -> dict[str, Any]:
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        self._client.stdin.write(json.dumps({"do": do, "number": number, **more}) + "\n")
        self._client.stdin.flush()
        line = self._client.stdout.readline()
        if not line:
            raise SystemExit("The visitors' process ended early: python -m benchmarks.live.visitor_client shows why.")
        return json.loads(line)


async def _relay() -> NewestRelay:
    return NewestRelay()


def _measured(open_analyzer: OpenAnalyzer, visit: Visit) -> OpenAnalyzer:
    """The analyzers, noting the age of each frame when its result is there."""

    @contextmanager
    def opened() -> Iterator[FrameAnalyzer]:
        with open_analyzer() as analyzer:
            yield _Measured(analyzer, visit)

    return opened


class _Measured:
    def __init__(self, analyzer: FrameAnalyzer, visit: Visit) -> None:
        self._analyzer = analyzer
        self._visit = visit

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True) -> FrameResult:
        result = self._analyzer.analyze(frame, faces, hands)
        self._visit.ages_ms.append(stamp.age_ms(frame, time.monotonic()))
        self._visit.faces += len(result.faces or ())
        self._visit.hands += len(result.hands or ())
        return result


def wait_for(condition: Callable[[], object], limit_s: float) -> None:
    """Until the condition holds, for no longer than the limit."""
    deadline = time.monotonic() + limit_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def pictures(hand: Path | None) -> list[Path]:
    """A face, and a hand beside it if one is given."""
    return [ASTRONAUT, hand] if hand else [ASTRONAUT]
