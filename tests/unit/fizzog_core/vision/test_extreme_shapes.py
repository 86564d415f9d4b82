"""Images of extreme shapes never end the process: native libraries abort above 32,767 pixels on a side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

CHILD = """
import resource, sys
import numpy as np
from pathlib import Path
from fizzog_core.drawing import overlay
from fizzog_core.networks import loading
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

resource.setrlimit(resource.RLIMIT_DATA, (6_000_000_000, 6_000_000_000))
mode, *shapes = sys.argv[2:]
with Detector(mode) as detector:
    analyzer = Analyzer(detector, loading.load_all(Path(sys.argv[1])))
    for shape in shapes:
        height, width = map(int, shape.split("x"))
        frame = np.random.default_rng(height).integers(0, 255, (height, width, 3), dtype=np.uint8)
        result = analyzer.analyze(frame)
        assert (result.height, result.width) == (height, width)
        assert overlay.draw(frame, result).shape == frame.shape
        print(shape, flush=True)
"""

EDGES = [(1, 1), (1, 60_000), (60_000, 1), (2, 32_767), (32_768, 3), (200, 15_000), (1, 2), (700, 33_000)]


def random_shapes(count: int, most_pixels: int) -> list[tuple[int, int]]:
    """Shapes with sides from 1 to 60,000, uniform in their logarithm, and at most ``most_pixels``."""
    rng = np.random.default_rng(18)
    sides = np.exp(rng.uniform(0, np.log(60_000), (50 * count, 2))).astype(int)
    return [(int(h), int(w)) for h, w in sides if h * w <= most_pixels][:count]


@pytest.mark.parametrize("mode", ["image", "video", "live"])
def test_no_shape_ends_the_process(mode: str, tiny_models: Path) -> None:
    shapes = [f"{height}x{width}" for height, width in [*EDGES, *random_shapes(12, 8_000_000)]]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tiny_models), mode, *shapes],
        capture_output=True, text=True, cwd=ROOT, timeout=240, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, shapes), done.stderr[-2000:]


def test_at_the_pixel_limit(tiny_models: Path) -> None:
    shapes = ["833x60000", "7071x7071"]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tiny_models), "image", *shapes],
        capture_output=True, text=True, cwd=ROOT, timeout=240, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, shapes), done.stderr[-2000:]
