"""The capture time of a frame, from a browser's sender report, on aiortc's own receiver."""

import asyncio
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import pytest
from aiortc.rtcrtpreceiver import RTCRtpReceiver, TimestampMapper
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket

from pages.ui.server import capture_clock


def frame(pts: int | None, base: Fraction = Fraction(1, 90_000)) -> av.VideoFrame:
    made = av.VideoFrame(16, 16, "rgb24")
    made.pts, made.time_base = pts, base
    return made


def context_of(receiver: object) -> Any:
    worker = SimpleNamespace(pc=SimpleNamespace(getReceivers=lambda: [receiver]))
    return SimpleNamespace(_get_worker=lambda: worker)


def receiver_at(first_rtp: int, kind: str = "video") -> SimpleNamespace:
    """A receiver whose first frame has this RTP timestamp."""
    mapper = TimestampMapper()
    mapper.map(first_rtp)
    return SimpleNamespace(_RTCRtpReceiver__timestamp_mapper=mapper, track=SimpleNamespace(kind=kind))


def report(rtp_timestamp: int, unix_s: float) -> RtcpSenderInfo:
    ntp = round((unix_s + capture_clock.NTP_TO_UNIX_S) * 2**32)
    return RtcpSenderInfo(ntp_timestamp=ntp, rtp_timestamp=rtp_timestamp, packet_count=1, octet_count=1)


def test_without_a_stream_or_a_report_there_is_no_time() -> None:
    assert capture_clock.captured_s(None, frame(0)) is None
    assert capture_clock.captured_s(context_of(receiver_at(7)), frame(0)) is None
    without_worker: Any = SimpleNamespace(_get_worker=lambda: None)
    assert capture_clock.captured_s(without_worker, frame(0)) is None


@pytest.mark.parametrize(
    ("first", "reported", "pts", "after_s"),
    [
        (1000, 1000, 0, 0.0),
        (1000, 91_000, 180_000, 1.0),
        (1000, 91_000, 0, -1.0),
        (2**32 - 45_000, 45_000, 180_000, 1.0),
    ],
)
def test_the_time_follows_from_the_last_report(first: int, reported: int, pts: int, after_s: float) -> None:
    receiver = receiver_at(first)
    receiver.fizzog_report = report(reported, 1_700_000_000.25)
    found = capture_clock.captured_s(context_of(receiver), frame(pts))
    assert found == pytest.approx(1_700_000_000.25 + after_s, abs=1e-4)


def test_frames_of_another_clock_have_no_time() -> None:
    receiver = receiver_at(0)
    receiver.fizzog_report = report(0, 1_700_000_000)
    assert capture_clock.captured_s(context_of(receiver), frame(0, Fraction(1, 1000))) is None
    assert capture_clock.captured_s(context_of(receiver), frame(None)) is None


def test_aiortc_still_has_what_the_module_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RTCRtpReceiver, "_handle_rtcp_packet", RTCRtpReceiver._handle_rtcp_packet)
    capture_clock.keep_sender_reports()

    async def receive() -> RTCRtpReceiver:
        transport: Any = SimpleNamespace(state="new", _stats_id="transport")
        receiver = RTCRtpReceiver("video", transport)
        await receiver._handle_rtcp_packet(RtcpSrPacket(ssrc=1, sender_info=report(5, 1_700_000_000)))
        return receiver

    receiver: Any = asyncio.run(receive())
    assert receiver.fizzog_report.rtp_timestamp == 5
    assert receiver._RTCRtpReceiver__timestamp_mapper._origin is None
