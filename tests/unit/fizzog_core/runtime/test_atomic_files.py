"""Tests of atomic file writes and of errors of the disk."""

import errno
from pathlib import Path

import pytest
from av.error import FFmpegError

from fizzog_core.errors import ExportError
from fizzog_core.runtime.atomic_files import guarded, whole


def test_the_file_appears_when_the_block_ends_without_an_error(tmp_path: Path) -> None:
    with whole(tmp_path / "a.txt") as partial:
        partial.write_text("new")
        assert not (tmp_path / "a.txt").exists()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "new")]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    def fail() -> None:
        with whole(tmp_path / "a.txt") as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_disk_that_refuses_even_to_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(ExportError, match="Read-only file system"), whole(tmp_path / "a.txt") as partial:
        write(partial, tmp_path / "a.txt", OSError(errno.EROFS, "Read-only file system"))


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), FFmpegError(28, "No space left on device", "a")]
)
def test_an_os_error_becomes_an_export_error(error: Exception, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"a\.txt cannot be written: No space left on device\. Choose an existing"):
        write(tmp_path / "partial", tmp_path / "a.txt", error)


def write(_: Path, path: Path, error: Exception) -> None:
    with guarded(path):
        raise error
