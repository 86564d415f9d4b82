"""Keeps the memory of those who have left from staying with the process: docs/decisions/014-memory-goes-back.md."""

from __future__ import annotations

import ctypes
import sys

LARGE_BYTES = 1_000_000
"""Blocks from this size on go back to the system as soon as they are free; a 640x480 frame is smaller."""

_M_MMAP_THRESHOLD = -3  # malloc.h


def return_large_blocks() -> bool:
    """Fix the size from which glibc gives a block memory of its own; whether that could be done.

    Left alone, glibc raises it to the largest block that was ever freed, up to 32 MiB. Does nothing where the C library
    is another one.
    """
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None)
    return hasattr(library, "mallopt") and bool(library.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES))
