"""Returns the memory of ended sessions to the operating system: docs/decisions/014-memory-goes-back.md."""

from __future__ import annotations

import ctypes
import sys

LARGE_BYTES = 1_000_000
"""Blocks of at least this size are returned to the system when they are freed; a 640x480 frame is smaller."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h


def configure() -> bool:
    """Fixes glibc's mmap threshold and limits it to one arena; returns whether both were set.

    By default glibc raises the threshold to the largest block ever freed, up to 32 MiB, and keeps up to eight arenas
    for each core, each at its largest size. Does nothing with another C library.
    """
    library = _glibc()
    return bool(library and library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and library.mallopt(_M_ARENA_MAX, 1))


def trim() -> None:
    """Returns all free memory of the heap to the system; glibc itself returns only the heap's end."""
    if library := _glibc():
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """The C library if it is glibc, else None."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None
