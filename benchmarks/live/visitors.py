"""The server of the live benchmarks: WebRTC and live sessions of the site, without pages.

The peers run in another process (benchmarks.live.visitor_client), so that this process's memory and processor time are
the server's only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import av
from aiortc import RTCSessionDescription

from benchmarks.live import stamp
from benchmarks.live.result_streams import ResultStreams
from benchmarks.live.webrtc import Loop, Receive, ServerEnd, open_relay
from benchmarks.peers.workers import ROOT
from fizzog_core import runtime, settings
from fizzog_core.live import ice_servers, whole_frames
from fizzog_core.live.analysis_thread import OpenAnalyzer, live_analyzers
from fizzog_core.live.camera import FULL_RATE
from fizzog_core.live.capacity import Capacity
from fizzog_core.live.session import LiveSession
from fizzog_core.media import images
from fizzog_core.networks import loading
from fizzog_core.runtime.cpu import available_cores
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame, FrameResult
from fizzog_core.vision.analyzer import FrameAnalyzer

ASTRONAUT = ROOT / "samples" / "astronaut.png"


@dataclass(slots=True)
class Counts:
    """Results of one visitor. ``ages_ms``: for each result, the time since the peer made its frame."""

    ages_ms: list[float] = field(default_factory=list)
    faces: int = 0
    hands: int = 0

    def clear(self) -> None:
        self.ages_ms.clear()
        self.faces = self.hands = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """One connected visitor."""

    number: int
    live: LiveSession
    server_end: ServerEnd
    counts: Counts


class Server:
    """The site's live visitors. ``client_cpu_s``: processor time of the peers' process, read at each ``leave``.

    ``send_only``: no picture goes back; the peers read their results as server-sent events, as the site's page does.
    ``analyses``: whether each frame is analysed; if not, it gets the result of its visitor's first frame.
    """

    def __init__(self, pictures: Sequence[Path], limit: int, send_only: bool = False, analyses: bool = True) -> None:
        runtime.configure()
        ice_servers.retransmit_consent_checks()
        whole_frames.end_frames_at_marker()
        self._loop = Loop()
        self._relay = open_relay(self._loop)
        self.send_only, self._analyses = send_only, analyses
        self._results = ResultStreams(self._loop) if send_only else None
        self._networks = loading.load_all(settings.get().models)
        self._slots = Slots(limit)
        self._visits = 0
        self.client_cpu_s = 0.0
        self._client = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.live.visitor_client", *map(str, pictures)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True,
        )  # fmt: skip

    def join(self, rate: float = FULL_RATE) -> Visit:
        """Connects a new visitor, whose peer sends ``rate`` frames per second."""
        self._visits += 1
        counts = Counts()
        live = LiveSession(_measured(live_analyzers(lambda: self._networks), counts, self._analyses), self._slots)
        receive = _stamped(live) if self._results else None
        visit = Visit(self._visits, live, ServerEnd(live, self._loop, self._relay, receive), counts)
        results = self._results.address_of(live) if self._results else None
        offer = self._tell("join", visit.number, rate=rate, results=results)
        answer = visit.server_end.answer(RTCSessionDescription(offer["sdp"], offer["type"]))
        self._tell("answer", visit.number, sdp=answer.sdp, type=answer.type)
        return visit

    def leave(self, visit: Visit) -> dict[str, Any]:
        """Disconnects a visitor. Returns ``received``, the number of frames or results that the peer received, and
        ``shown_ms``, the age on arrival of some of the last ones."""
        answer = self._tell("leave", visit.number)
        self.client_cpu_s = answer["cpu_s"]
        visit.server_end.stop()
        return answer

    @cached_property
    def results_per_s(self) -> float:
        """Results a second that this machine has for all visitors, as the site measures it at its start."""
        capacity = Capacity(available_cores(), draws=not self.send_only)
        capacity.measure(self._networks, images.read(ASTRONAUT))
        return capacity.results_per_s

    @property
    def places_taken(self) -> int:
        return self._slots.taken

    def close(self) -> None:
        self._client.communicate()
        if self._results:
            self._results.close()
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


def _stamped(live: LiveSession) -> Receive:
    """Receives a camera's frames with the times of their stamps, in place of the browser's clock."""

    def receive(frame: av.VideoFrame) -> None:
        now_s = time.monotonic()
        live.receive(frame, now_s - stamp.age_ms(stamp.grey(frame), now_s) / 1000)

    return receive


def _measured(open_analyzer: OpenAnalyzer, counts: Counts, analyses: bool) -> OpenAnalyzer:
    """Opens analyzers that add each result to ``counts``, and analyse all frames or the first one only."""

    @contextmanager
    def opened() -> Iterator[FrameAnalyzer]:
        with open_analyzer() as analyzer:
            yield _Measured(analyzer, counts, analyses)

    return opened


class _Measured:
    def __init__(self, analyzer: FrameAnalyzer, counts: Counts, analyses: bool) -> None:
        self._analyzer = analyzer
        self._counts = counts
        self._analyses = analyses
        self._first: FrameResult | None = None

    def analyze(self, frame: Frame, faces: bool = True, hands: bool = True, time_s: float | None = None) -> FrameResult:
        result = self._first or self._analyzer.analyze(frame, faces, hands, time_s)
        self._first = None if self._analyses else result
        self._counts.ages_ms.append(stamp.age_ms(frame, time.monotonic()))
        self._counts.faces += len(result.faces or ())
        self._counts.hands += len(result.hands or ())
        return result


def pictures(hand: Path | None) -> list[Path]:
    """The pictures that the peers show: a face, and ``hand`` beside it."""
    return [ASTRONAUT, hand] if hand else [ASTRONAUT]
