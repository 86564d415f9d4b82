"""Publish MediaPipe's palm detector at the resolution of live video, with its weights as they are.

python -m training publish-palm-detection [--out models/detectors]
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.hand_detection import LIVE_PALM
from training.networks import palm_detection
from training.release import detector_files


def main(out: Annotated[Path, typer.Option(help="folder of the detectors' files and SHA256SUMS")] = WEIGHTS) -> None:
    """Publish the palm detector of live video."""
    detector_files.publish(palm_detection.at(LIVE_PALM.input_size), LIVE_PALM.file, out)
