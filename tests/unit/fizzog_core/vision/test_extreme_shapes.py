"""Frames of extreme shapes go through detection and cropping without ending the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fizzog_core.settings import ROOT

pytestmark = pytest.mark.slow

SHAPES = [(1, 1), (1, 3), (3, 1), (7, 15000), (1, 33000), (40000, 2), (1, 60000), (60000, 1), (1500, 16000)]

PROGRAM = """
import sys
import numpy as np
from fizzog_core.media import images
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.vision import crops
from fizzog_core.vision.detector import Detector
from fizzog_core.settings import ROOT
from fizzog_core.types import Box, Detection

SHAPES = {shapes}
face = images.read(ROOT / "samples" / "astronaut.png")[60:260, 130:330].repeat(4, axis=0).repeat(4, axis=1)
geometry = CropGeometry(margin=0.1, shift_down=-0.05, aligned=True)
for mode in ("image", "video", "live"):
    with Detector(mode) as detector:
        for height, width in SHAPES:
            frame = np.full((height, width, 3), 127, dtype=np.uint8)
            if min(height, width) >= 800:
                frame[200:1000, 12000:12800] = face
            found = detector.find_faces(frame), detector.find_hands(frame)
            boxes = [Box(0, 0, width, height), Box(-width, -height, -0.5, -0.25), Box(0, 0, 5 * width, 0.5)]
            whole = [Detection("face", box, 0.9) for box in boxes]
            for detection in (*whole, *found[0], *found[1]):
                crop = crops.cut(frame, detection, geometry, 48)
                assert crop.pixels.shape == (48, 48, 3)
            centers = [round(face.box.center[0], -2) for face in found[0]]
            print(mode, height, width, len(found[0]), len(found[1]), *centers)
"""


def test_no_shape_ends_the_process() -> None:
    program = PROGRAM.format(shapes=SHAPES)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 3 * len(SHAPES)
    assert "picture 1500 16000 1 0 12400.0" in lines  # a face in a frame that had to be shrunk, in the frame's pixels
