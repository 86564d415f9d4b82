"""Atomic changes of a folder of ``models/``. Every command that publishes writes through this module.

A new folder is written beside the published one, then the two exchange their names in one system call. A reader sees
the old files or the new ones. An error, and a process that ends before the exchange, leave the old folder as it was.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from fizzog_core.errors import DataError

KEPT_RUNS = "runs"
"""The subfolder that a new publication keeps."""
AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Constants of Linux's renameat2."""


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """An empty folder that replaces ``folder`` when the block ends without an error; ``runs`` is copied to it."""
    with _beside(folder) as draft:
        draft.mkdir()
        yield draft
        if (folder / KEPT_RUNS).is_dir():
            shutil.copytree(folder / KEPT_RUNS, draft / KEPT_RUNS)
        _swap(draft, folder)


@contextmanager
def changed(folder: Path) -> Iterator[Path]:
    """A copy of ``folder`` that replaces it when the block ends without an error.

    Raises DataError if ``folder`` is missing, and if another command replaced it in between.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} does not exist. Publish a network first.")
    with _beside(folder) as draft:
        before = folder.stat().st_ino
        shutil.copytree(folder, draft)
        yield draft
        if folder.stat().st_ino != before:
            raise DataError(
                f"{folder} was published again in the meantime, nothing was written. Run the command again."
            )
        _swap(draft, folder)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A path, not yet a folder, on the file system of ``folder``. What lies there at the end is deleted."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield scratch / "new"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _swap(draft: Path, folder: Path) -> None:
    """Give ``draft`` the name ``folder``; a folder that exists gets the name of ``draft``."""
    if not folder.exists():
        os.rename(draft, folder)
    elif not exchange(draft, folder):
        old = draft.with_name("old")
        os.rename(folder, old)
        try:
            os.rename(draft, folder)
        except OSError:
            os.rename(old, folder)
            raise


def exchange(first: Path, second: Path) -> bool:
    """Exchange the names of two folders in one step. False where the operating or file system has no such call."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # not Linux, or a C library without the call
        return False
    if rename(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS):
        return False
    raise OSError(code, os.strerror(code), str(second))
