"""Hands pictures on between aiortc's tracks without keeping any: docs/decisions/015-newest-picture-only.md."""

from __future__ import annotations

from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay


class NewestRelay(MediaRelay):
    """A relay whose consumers get the newest picture; one that comes before they ask again takes its place.

    aiortc's own keeps every picture until it is asked for. A server that encodes more slowly than pictures come then
    shows older and older ones, and its memory grows by a megabyte a picture.
    """

    def subscribe(self, track: MediaStreamTrack, buffered: bool = False) -> MediaStreamTrack:
        """A proxy of ``track`` for one more consumer; only one that says so is ``buffered``."""
        return super().subscribe(track, buffered)
