"""The media type of each kind of file that pages and service hand out."""

from __future__ import annotations

MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "parquet": "application/vnd.apache.parquet",
    "png": "image/png",
}
"""A file name's ending, without the dot, to its media type."""
