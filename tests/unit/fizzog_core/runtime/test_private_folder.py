"""Folders of a job's files: private, and deleted after a kill too."""

import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fizzog_core.runtime.private_folder import private_folder, sweep
from tests.support.paths import ROOT

KILLED = """
import os, signal
from fizzog_core.runtime.private_folder import private_folder
with private_folder() as folder:
    (folder / "upload").write_bytes(b"a face")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_only_this_user_can_read_it_and_it_is_deleted(temporary: Path) -> None:
    with private_folder() as folder:
        assert folder.parent == temporary
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "upload").write_bytes(b"a face")
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_nothing_else(temporary: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, check=False)
    assert killed.returncode < 0
    assert len(list(temporary.glob("fizzog-*/upload"))) == 1
    (temporary / "fizzog-cache").mkdir()
    (temporary / "fizzog-notes-1").mkdir()
    with private_folder() as folder:
        sweep()
        assert sorted(temporary.iterdir()) == sorted([folder, temporary / "fizzog-cache", temporary / "fizzog-notes-1"])
