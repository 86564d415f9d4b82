"""Relays frames between aiortc tracks without a queue: docs/decisions/015-newest-picture-only.md."""

from __future__ import annotations

from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay


class NewestRelay(MediaRelay):
    """A relay whose consumers receive the newest frame only.

    aiortc's MediaRelay queues every frame by default. If a server encodes more slowly than frames arrive, the delay
    grows, and memory grows by 1 MB for each frame.
    """

    def subscribe(self, track: MediaStreamTrack, buffered: bool = False) -> MediaStreamTrack:
        """Returns a proxy of ``track`` for one more consumer, without a queue unless ``buffered`` is set."""
        return super().subscribe(track, buffered)
