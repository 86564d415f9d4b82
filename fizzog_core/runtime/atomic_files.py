"""A result appears under its name when it is whole, or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from av.error import FFmpegError

from fizzog_core.errors import ExportError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a name beside ``path`` to write to. The file takes its place when the block ends well, else it is removed.

    Renaming within a folder is atomic, so that nobody ever sees half a result under ``path``. Raises ExportError if
    the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield partial
        with guarded(path):
            os.replace(partial, path)
    finally:
        with suppress(OSError):  # a read-only disk refuses even to remove what is not there
            partial.unlink()


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turns what the system says while ``path`` is written into an ExportError."""
    try:
        yield
    except (OSError, FFmpegError) as error:
        reason = error.strerror or str(error)
        raise ExportError(
            f"{path} cannot be written: {reason}. Choose a folder that exists, can be written to and has room."
        ) from error
