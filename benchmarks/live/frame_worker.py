"""Analyses a moving picture as one live stream, for ``benchmarks.live.frame``.

Run as a script with the checkout to measure in PYTHONPATH: it uses only what this commit and earlier ones, back to
MediaPipe's graphs (1c9ff5d), have in common. For each line with a number of frames on its standard input it analyses
as many frames and prints a JSON line: processor ms by stage, the frames, faces and hands.
"""

from __future__ import annotations

import inspect
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fizzog_core import settings
from fizzog_core.types import Frame

try:
    from fizzog_core.media import images
    from fizzog_core.networks import loading
    from fizzog_core.networks.predictor import Networks
    from fizzog_core.vision.analyzer import Analyzer
    from fizzog_core.vision.detector import Detector
except ModuleNotFoundError:  # before the modules were in packages
    from fizzog_core import images  # type: ignore[no-redef]
    from fizzog_core import models as loading  # type: ignore[no-redef]
    from fizzog_core.analyzer import Analyzer  # type: ignore[no-redef]
    from fizzog_core.detectors import Detector  # type: ignore[no-redef]
    from fizzog_core.models import Networks  # type: ignore[no-redef]

WIDTH, HEIGHT = 640, 480
FRAMES_PER_S = 30
SWAY_PX, SWAY_S = 40, 3.0
"""The picture moves to both sides by as many pixels, and there and back in as many seconds."""
ZOOM = 0.08


class Stages:
    """Processor ms by stage."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    def timed(self, stage: str, target: Any, *methods: str) -> Any:
        """``target``, with the processor time of its ``methods`` added to ``stage``."""
        stages = self

        class Timed:
            def __getattr__(self, name: str) -> Any:
                value = getattr(target, name)
                return stages._counted(stage, value) if name in methods else value

        return Timed()

    def _counted(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            began = time.thread_time()
            result = call(*arguments)
            self.ms[stage] = self.ms.get(stage, 0.0) + 1000 * (time.thread_time() - began)
            return result

        return counted


def main(picture: Path) -> None:
    stages = Stages()
    networks = loading.load_all(settings.get().models)
    timed = {
        task: stages.timed(task, getattr(networks, task), "predict", "submit")
        for task in ("keypoints", "emotion", "gesture")
    }
    with Detector("live") as opened:
        detector = stages.timed("find_hands", stages.timed("find_faces", opened, "find_faces"), "find_hands")
        analyzer = Analyzer(detector, Networks(**timed))
        takes_time = "time_s" in inspect.signature(analyzer.analyze).parameters
        frames = moving(images.read(picture))
        for line in sys.stdin:
            stages.ms, faces, hands, count = {}, 0, 0, int(line)
            whole = 0.0
            for _ in range(count):
                frame, time_s = next(frames)
                began = time.process_time()
                known: dict[str, Any] = {"time_s": time_s} if takes_time else {}  # earlier commits have no time
                result = analyzer.analyze(frame, **known)
                whole += 1000 * (time.process_time() - began)
                faces, hands = faces + len(result.faces or ()), hands + len(result.hands or ())
            rest = whole - sum(stages.ms.values())
            print(
                json.dumps(
                    {
                        "frames": count,
                        "faces": faces,
                        "hands": hands,
                        "ms": stages.ms | {"rest": rest, "all": whole},
                    }
                ),
                flush=True,
            )


def moving(picture: Frame) -> Iterator[tuple[Frame, float]]:
    """Endless frames ``(480, 640, 3)`` of the picture, which sways and zooms, with their times in seconds."""
    height, width = picture.shape[:2]
    fits = min(WIDTH / width, HEIGHT / height)
    index = 0
    while True:
        time_s = index / FRAMES_PER_S
        angle = 2 * math.pi * time_s / SWAY_S
        scale = fits * (1 + ZOOM * math.sin(angle / 2))
        x = (WIDTH - scale * width) / 2 + SWAY_PX * math.sin(angle)
        y = (HEIGHT - scale * height) / 2 + SWAY_PX / 3 * math.sin(2 * angle)
        matrix = np.array([[scale, 0, x], [0, scale, y]])
        frame = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderValue=(128, 128, 128))
        yield np.asarray(frame, np.uint8), time_s
        index += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
