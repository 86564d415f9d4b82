"""Hands a received frame on with its last packet: docs/decisions/066-whole-frames.md."""

from __future__ import annotations

from typing import Any

from aiortc.jitterbuffer import JitterBuffer, JitterFrame

_first_of_two = JitterBuffer._remove_frame


def end_frames_at_marker() -> None:
    """Lets each video receiver end a frame at the packet that the sender marked as its last (RFC 3550, 5.1).

    aiortc 1.16 ends it at the first packet of the next frame, 67 ms later at 15 frames a second.
    """
    JitterBuffer._remove_frame = _remove_frame  # type: ignore[method-assign]


def _remove_frame(buffer: Any, sequence_number: int) -> JitterFrame | None:
    if buffer._is_video and (frame := _marked_frame(buffer)) is not None:
        return frame
    return _first_of_two(buffer, sequence_number)


def _marked_frame(buffer: Any) -> JitterFrame | None:
    """The oldest frame, removed from the buffer, if all its packets are there up to a marked one."""
    _remove_padding(buffer)
    packets = []
    for count in range(buffer.capacity):
        packet = buffer._packets[(buffer._origin + count) % buffer.capacity]
        if packet is None or (packets and packet.timestamp != packets[0].timestamp):
            return None
        packets.append(packet)
        if packet.marker:
            buffer.remove(len(packets))
            return JitterFrame(b"".join(packet._data for packet in packets), packets[0].timestamp)
    return None


def _remove_padding(buffer: Any) -> None:
    """Padding of a frame that has been removed would count as a frame without data."""
    while (packet := buffer._packets[buffer._origin % buffer.capacity]) is not None and not packet._data:
        buffer.remove(1)
