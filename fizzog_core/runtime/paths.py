"""Paths as text, and the errors of reading files as sentences."""

from __future__ import annotations

import os
from pathlib import Path

from fizzog_core.errors import FizzogError

LONGEST_TEXT = 200
"""Characters of a path that a message shows; the middle of a longer path is left out."""


def path_text(path: str | Path) -> str:
    """``path`` as text that every encoding of Unicode can write; bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(path).decode(errors="replace")


def short_text(path: str | Path) -> str:
    """``path_text`` for messages: at most ``LONGEST_TEXT`` characters."""
    text = path_text(path)
    half = LONGEST_TEXT // 2
    return text if len(text) <= LONGEST_TEXT else f"{text[: half - 1]}…{text[-half:]}"


def read_bytes(path: Path, error: type[FizzogError], expected: str) -> bytes:
    """The content of the file at ``path``; pipes are read to their end.

    Raises ``error`` with a sentence for every failure. ``expected``: what the file should be, such as "a picture file".
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as failure:
        raise error(unreadable(path, failure, expected)) from None


def unreadable(path: Path, failure: OSError | ValueError, expected: str) -> str:
    """The sentence for a file that cannot be opened or read."""
    name = short_text(path)
    if name.startswith("data:"):
        return f"{name} is a data URI. Expected {expected}: save its content to a file first."
    if isinstance(failure, FileNotFoundError):
        return f"No file at {name}. Check the name."
    if isinstance(failure, IsADirectoryError):
        return f"{name} is a folder. Expected {expected}; name the files in it instead."
    reason = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
    return f"{name} cannot be read: {reason}. Expected {expected}."
