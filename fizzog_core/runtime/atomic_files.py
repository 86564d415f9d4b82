"""Atomic file writes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from av.error import FFmpegError

from fizzog_core.errors import ExportError
from fizzog_core.runtime.paths import short_text


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the folder of ``path``. The file is renamed to ``path`` when the block succeeds, and
    deleted when it fails.

    A rename within a folder is atomic: ``path`` never holds a partial result. Raises ExportError if the file cannot be
    written.
    """
    with guarded(path):
        partial = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield partial
        with guarded(path):
            os.replace(partial, path)
    finally:
        with suppress(OSError):  # on a read-only disk unlink fails even for a missing file
            partial.unlink()


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Converts system and FFmpeg errors while ``path`` is written into ExportError."""
    try:
        yield
    except (OSError, FFmpegError, ValueError) as error:  # ValueError: a path without a name, or with a null byte
        reason = getattr(error, "strerror", None) or str(error)
        raise ExportError(
            f"{short_text(path)} cannot be written: {reason}. Choose an existing, writable folder with room."
        ) from error
