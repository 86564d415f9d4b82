"""Files of users that failed once, through the command with the published networks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow


def fizzog(*words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fizzog_core", *map(os.fsencode, map(str, words))]
    return subprocess.run(
        command, capture_output=True, cwd=ROOT, env=os.environ | environment, timeout=200, check=False
    )


def test_pictures(shared_cases: Path) -> None:
    exif = "exif_resolution_as_text_orientation_6.jpg", "exif_rational_minus_1_over_0.jpg"
    names = ("wide_15000x200.png", *exif, "face.jfif")
    done = fizzog("analyze", "--json", *(shared_cases / name for name in names))
    wide, *others = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, wide["width"], wide["faces"]) == (0, 15_000, [])
    assert [len(other["faces"]) for other in others] == [1, 1, 1]
    assert {other["faces"][0]["emotion"]["label"] for other in others} == {"happy"}


def test_videos(shared_cases: Path, tmp_path: Path) -> None:
    done = fizzog("video", shared_cases / "sound_without_decoder.mp4", "--out", tmp_path / "a.mp4")
    assert (done.returncode, b"no sound" in done.stdout) == (0, True), done.stderr
    done = fizzog("video", shared_cases / "size_changes.mkv", "--out", tmp_path / "b.mp4")
    assert (done.returncode, (tmp_path / "b.mp4").exists()) == (0, True), done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_cannot_show_a_name(encoding: str, tiny_models: Path, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + "/名".encode() + b"\xff.png"))
    odd.write_bytes((ROOT / "samples" / "astronaut.png").read_bytes())
    absent = tmp_path / "不.png"
    done = fizzog("analyze", odd, absent, FIZZOG_MODELS=str(tiny_models), PYTHONIOENCODING=encoding)
    assert done.returncode == 1
    assert b"512 x 512, faces: 1" in done.stdout
    assert b"No file at" in done.stderr
    assert b"Traceback" not in done.stdout + done.stderr
