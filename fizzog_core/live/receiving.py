"""Switches the decoding of a peer's frames off and on: docs/decisions/062-live-turns.md."""

from __future__ import annotations

from aiortc import RTCPeerConnection


def receive(connection: RTCPeerConnection, on: bool) -> None:
    """Drops the packets of ``connection`` before they are decoded, or decodes them again.

    aiortc has the switch for the direction of a transceiver, which can only be changed by another offer. The first
    frames after a pause fail to decode, and aiortc asks the peer for a whole picture.
    """
    for transceiver in connection.getTransceivers():
        transceiver.receiver._enabled = on
