"""Keeps the memory of those who have left from staying with the process: docs/decisions/014-memory-goes-back.md."""

from __future__ import annotations

import ctypes
import sys

LARGE_BYTES = 1_000_000
"""Blocks from this size on go back to the system as soon as they are free; a 640x480 frame is smaller."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h


def set_up() -> bool:
    """Fix the size from which glibc gives a block memory of its own, and let all new threads share one heap; whether
    that could be done.

    Left alone, glibc raises that size to the largest block that was ever freed, up to 32 MiB, and keeps up to eight
    heaps for each core, each as large as it ever was. Does nothing where the C library is another one.
    """
    library = _glibc()
    return bool(library and library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and library.mallopt(_M_ARENA_MAX, 1))


def give_back() -> None:
    """Give what is free in the heap back to the system, wherever it lies; glibc does so at the heap's end only."""
    if library := _glibc():
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """The C library, if it is the one that these calls are of."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None
