"""When the browser captured a frame, by the browser's own clock: docs/decisions/023-drawn-in-the-browser.md.

aiortc 1.16 keeps neither the pairs of wall-clock time and RTP timestamp in the browser's sender reports (RFC 3550,
6.4.1) nor a frame's RTP timestamp; this module keeps the first and derives the second.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import AnyRtcpPacket, RtcpSrPacket

if TYPE_CHECKING:  # streamlit-webrtc declares its component when it is imported: too early at the server's start
    from streamlit_webrtc import WebRtcStreamerContext

NTP_TO_UNIX_S = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970."""
RTP_RATE = 90_000
"""Ticks a second of a video's RTP timestamps."""

_handle = RTCRtpReceiver._handle_rtcp_packet


def keep_sender_reports() -> None:
    """Lets each receiver keep its newest sender report."""
    RTCRtpReceiver._handle_rtcp_packet = _keep  # type: ignore[method-assign]


async def _keep(receiver: RTCRtpReceiver, packet: AnyRtcpPacket) -> None:
    if isinstance(packet, RtcpSrPacket):
        receiver.fizzog_report = packet.sender_info  # type: ignore[attr-defined]
    await _handle(receiver, packet)


def captured_s(context: WebRtcStreamerContext | None, frame: av.VideoFrame) -> float | None:
    """Seconds since 1970 by the browser's clock; None before the browser's first report."""
    worker = context._get_worker() if context is not None else None
    connection: Any = getattr(worker, "pc", None)
    if connection is None or frame.pts is None or frame.time_base != Fraction(1, RTP_RATE):
        return None
    for receiver in connection.getReceivers():
        report = getattr(receiver, "fizzog_report", None)
        origin = receiver._RTCRtpReceiver__timestamp_mapper._origin
        if receiver.track.kind == "video" and report is not None and origin is not None:
            since_report = (frame.pts + origin - report.rtp_timestamp + 2**31) % 2**32 - 2**31
            return report.ntp_timestamp / 2**32 - NTP_TO_UNIX_S + since_report / RTP_RATE
    return None
