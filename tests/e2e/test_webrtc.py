"""Several visitors at once over real WebRTC: no one freezes, everyone gets results, nothing is left behind."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from aiortc.codecs.vpx import Vp8Decoder

from benchmarks.live.webrtc import Loop
from benchmarks.waiting import wait_for
from fizzog_core.live.analysis_thread import OpenAnalyzer
from fizzog_core.live.session import LiveSession
from fizzog_core.networks.predictor import Networks
from fizzog_core.runtime.slots import Slots
from fizzog_core.types import Frame
from fizzog_core.vision.analyzer import Analyzer, FrameAnalyzer
from tests.support.fakes import FakeDetector, make_face, make_hand
from tests.support.webrtc_peers import Peer, loops

LIMIT_S = 40

pytestmark = [
    pytest.mark.webrtc,
    # streamlit-webrtc's worker threads leave their event loops to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def ends() -> Iterator[tuple[Loop, Loop]]:
    with loops() as both:
        yield both
    gc.collect()


def analyzers(networks: Networks, trouble: Callable[[], object] = lambda: None) -> OpenAnalyzer:
    """Opens analyzers that find one face and one hand; ``trouble`` runs before each frame."""

    class Detector(FakeDetector):
        def find_faces(self, frame: Frame) -> tuple:
            trouble()
            return super().find_faces(frame)

    @contextmanager
    def open_analyzer() -> Iterator[FrameAnalyzer]:
        with Analyzer(Detector((make_face(),), (make_hand(),)), networks) as analyzer:  # type: ignore[arg-type]
            yield analyzer

    return open_analyzer


def picture(width: int = 320, height: int = 240) -> Callable[[int], Frame]:
    return lambda number: np.full((height, width, 3), (number * 5) % 256, np.uint8)


def stream_threads() -> list[str]:
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if name.startswith(("fizzog-stream", "async_media"))]


@pytest.mark.parametrize("visitors", [1, 2, 4, 8])
def test_everyone_gets_pictures_and_results(tiny_networks: Networks, ends: tuple[Loop, Loop], visitors: int) -> None:
    slots = Slots(visitors)
    peers = [Peer(*ends, LiveSession(analyzers(tiny_networks), slots), picture()) for _ in range(visitors)]
    wait_for(lambda: all(peer.shown >= 10 and peer.live.view().speed.analysed >= 10 for peer in peers), LIMIT_S)
    assert slots.taken == visitors
    for peer in peers:
        peer.leave()
    wait_for(lambda: slots.taken == 0, LIMIT_S)


def test_a_failure_of_one_visitor_does_not_affect_the_other(tiny_networks: Networks, ends: tuple[Loop, Loop]) -> None:
    def broken() -> None:
        raise ValueError("broken detector")

    slots = Slots(2)
    good = Peer(*ends, LiveSession(analyzers(tiny_networks), slots), picture())
    bad = Peer(*ends, LiveSession(analyzers(tiny_networks, broken), slots), picture())
    wait_for(lambda: good.live.view().speed.analysed >= 10 and bad.shown >= 10, LIMIT_S)
    assert "broken detector" in bad.live.view().notice
    assert good.live.view().notice == ""
    good.leave()
    bad.leave()


def test_a_stall_of_the_analysis_does_not_stop_the_picture(tiny_networks: Networks, ends: tuple[Loop, Loop]) -> None:
    stall = threading.Event()
    peer = Peer(*ends, LiveSession(analyzers(tiny_networks, lambda: stall.wait(20)), Slots(1)), picture())
    wait_for(lambda: "server is busy" in peer.live.view().notice, LIMIT_S)
    before = peer.shown
    wait_for(lambda: peer.shown >= before + 10, LIMIT_S)
    stall.set()
    wait_for(lambda: peer.live.view().speed.analysed >= 5 and peer.live.view().notice == "", LIMIT_S)
    peer.leave()


@pytest.mark.parametrize("size", [(34, 18), (33, 17), (240, 320)])
def test_odd_sizes_go_through(tiny_networks: Networks, ends: tuple[Loop, Loop], size: tuple[int, int]) -> None:
    peer = Peer(*ends, LiveSession(analyzers(tiny_networks), Slots(1)), picture(*size))
    wait_for(lambda: peer.shown >= 5 and peer.live.view().speed.analysed >= 3, LIMIT_S)
    assert peer.last is not None
    assert abs(peer.last.width - size[0]) <= 1
    peer.leave()


def test_a_visitor_who_waits_is_neither_decoded_nor_encoded(
    tiny_networks: Networks, ends: tuple[Loop, Loop], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[float] = []
    decode = Vp8Decoder.decode

    def counted(decoder: Vp8Decoder, encoded: object) -> list:
        decoded.append(time.monotonic())
        return decode(decoder, encoded)  # type: ignore[arg-type]

    monkeypatch.setattr(Vp8Decoder, "decode", counted)
    slots = Slots(1)
    holder = object()
    assert slots.acquire(holder)
    peer = Peer(*ends, LiveSession(analyzers(tiny_networks), slots), picture())
    wait_for(lambda: peer.live.view().waiting and peer.shown >= 5, LIMIT_S)
    peer.receive(False)
    wait_for(lambda: decoded[-1] < time.monotonic() - 0.5, LIMIT_S)  # what was under way has been decoded
    counts = len(decoded), peer.shown
    time.sleep(2)
    assert (len(decoded), peer.shown) == counts
    slots.release(holder)
    assert peer.live.claim()
    peer.receive(True)
    wait_for(lambda: peer.shown >= counts[1] + 10 and peer.live.view().speed.analysed >= 5, LIMIT_S)
    peer.leave()


def test_coming_and_going_leaves_no_thread_behind(tiny_networks: Networks, ends: tuple[Loop, Loop]) -> None:
    slots = Slots(1)
    counts = []
    for _ in range(5):
        peer = Peer(*ends, LiveSession(analyzers(tiny_networks), slots), picture())
        wait_for(lambda: peer.live.view().speed.analysed >= 3, LIMIT_S)  # noqa: B023
        peer.leave()
        wait_for(lambda: slots.taken == 0, LIMIT_S)
        wait_for(lambda: not stream_threads(), LIMIT_S, "a stream's thread is left")
        counts.append(threading.active_count())
    assert counts[-1] <= counts[1] + 1, counts
