"""Keeps the memory of those who have left from staying with the process: docs/decisions/014-memory-goes-back.md."""

from __future__ import annotations

import ctypes
import sys

LARGE_BYTES = 1_000_000
"""Blocks from this size on go back to the system as soon as they are free; a 640x480 frame is smaller."""
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # malloc.h


def give_memory_back() -> bool:
    """Fix the size from which glibc gives a block memory of its own, and let all new threads share one heap; whether
    that could be done.

    Left alone, glibc raises that size to the largest block that was ever freed, up to 32 MiB, and keeps up to eight
    heaps for each core, each as large as it ever was. Does nothing where the C library is another one.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        return False
    return bool(library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES) and library.mallopt(_M_ARENA_MAX, 1))
