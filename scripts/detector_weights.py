"""Extracts the detectors' weights from MediaPipe's wheel and compares them with the checksums of models/detectors.

python scripts/detector_weights.py mediapipe-0.10.21-….whl

Writes a file only if it is missing. Exits with 1 if one differs.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path, PurePosixPath

FOLDER = Path(__file__).resolve().parent.parent / "models" / "detectors"


def main(wheel: Path) -> int:
    """Compare each file of ``SHA256SUMS`` with the one of the same name in ``wheel``; the number that differ."""
    different = 0
    with zipfile.ZipFile(wheel) as archive:
        members = {PurePosixPath(name).name: name for name in archive.namelist() if name.endswith(".tflite")}
        for line in (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
            expected, name = line.split()
            if name not in members:
                print(f"{name}: our own, not in the wheel")
                continue
            content = archive.read(members[name])
            same = hashlib.sha256(content).hexdigest() == expected
            different += not same
            print(f"{name}: {'as expected' if same else 'DIFFERENT'}")
            if same and not (FOLDER / name).exists():
                (FOLDER / name).write_bytes(content)
    return different


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(bool(main(Path(sys.argv[1]))))
