"""Paths as text, for messages and tables."""

from __future__ import annotations

import os
from pathlib import Path


def path_text(path: str | Path) -> str:
    """``path`` as text that every encoding of Unicode can write; bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(path).decode(errors="replace")
