from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fizzog_core.errors import ModelError
from fizzog_core.settings import ROOT
from fizzog_core.vision import anchor_detector, hand_landmarks
from fizzog_core.vision.face_detection import FULL_RANGE, SHORT_RANGE
from fizzog_core.vision.hand_detection import PALM

FILES = {FULL_RANGE.file, SHORT_RANGE.file, PALM.file, hand_landmarks.FILE}


def checksums() -> dict[str, str]:
    lines = (anchor_detector.WEIGHTS / "SHA256SUMS").read_text().splitlines()
    return {name: checksum for checksum, name in (line.split() for line in lines)}


def test_each_file_has_its_checksum() -> None:
    assert set(checksums()) == {*FILES, hand_landmarks.LIVE_FILE}
    for name, checksum in checksums().items():
        assert hashlib.sha256((anchor_detector.WEIGHTS / name).read_bytes()).hexdigest() == checksum
    assert "Apache License" in (anchor_detector.WEIGHTS / "LICENSE").read_text()


@pytest.mark.parametrize(("change", "code"), [(b"", 0), (b"more", 1)])
def test_the_script_compares_a_wheel(change: bytes, code: int, tmp_path: Path) -> None:
    wheel = tmp_path / "mediapipe.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in FILES:
            archive.writestr(f"mediapipe/modules/any/{name}", (anchor_detector.WEIGHTS / name).read_bytes() + change)
    command = [sys.executable, ROOT / "scripts" / "detector_weights.py", wheel]
    assert subprocess.run(command, capture_output=True, check=False).returncode == code


def test_missing_or_damaged_weights_are_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Expected a network at"):
        anchor_detector.AnchorDetector(PALM, 0.5, tmp_path)
    shutil.copy(anchor_detector.WEIGHTS / PALM.file, tmp_path)
    damaged = tmp_path / PALM.file
    damaged.write_bytes(damaged.read_bytes()[1000:])
    with pytest.raises(ModelError, match="damaged"):
        anchor_detector.AnchorDetector(PALM, 0.5, tmp_path)
