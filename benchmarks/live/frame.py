"""Processor time of the analysis of one live frame, by stage. Prints a JSON line.

python -m benchmarks.live.frame PICTURE [--frames 120]

PICTURE shows a face and a hand. It fills a frame of 640x480 pixels as far as its shape permits and moves by a pixel a
frame. To compare two commits, run each in its checkout in turn, several times.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image

from fizzog_core import settings
from fizzog_core.media import images
from fizzog_core.networks import loading, preprocessing
from fizzog_core.networks.predictor import Predictor
from fizzog_core.types import Frame
from fizzog_core.vision import crops
from fizzog_core.vision.detector import Detector

SIZE = (640, 480)
WARM_UP = 8


def main(
    picture: Annotated[Path, typer.Argument(help="Picture of a face and a hand.")],
    frames: Annotated[int, typer.Option(min=1, help="Frames to measure.")] = 120,
) -> None:
    still = _filled(images.read(picture))
    networks = loading.load_all(settings.get().models)
    spent: dict[str, list[float]] = {}
    faces = hands = 0
    with Detector("live") as detector:
        for index in range(WARM_UP + frames):
            frame = np.roll(still, index % 40, axis=1)
            times: dict[str, float] = {}
            found = _timed(times, "find_faces", lambda frame=frame: detector.find_faces(frame))
            seen = _timed(times, "find_hands", lambda frame=frame: detector.find_hands(frame))
            for network in (networks.keypoints, networks.emotion):
                _timed(
                    times,
                    network.card.task,
                    lambda frame=frame, found=found, network=network: _read_faces(frame, found, network),
                )
            _timed(times, "gesture", lambda seen=seen: _read_hands(seen, networks.gesture))
            if index >= WARM_UP:
                faces, hands = faces + len(found), hands + len(seen)
                for stage, ms in times.items():
                    spent.setdefault(stage, []).append(ms)
    means = {stage: round(float(np.mean(values)), 2) for stage, values in spent.items()}
    figures = {"frames": frames, "faces": faces, "hands": hands, "processor_ms": means}
    print(json.dumps(figures | {"all_ms": round(sum(means.values()), 2)}))


def _filled(picture: Frame) -> Frame:
    """The picture in a grey frame of ``SIZE``, as large as fits."""
    frame = Image.new("RGB", SIZE, (128, 128, 128))
    scale = min(SIZE[0] / picture.shape[1], SIZE[1] / picture.shape[0])
    size = round(scale * picture.shape[1]), round(scale * picture.shape[0])
    frame.paste(Image.fromarray(picture).resize(size), ((SIZE[0] - size[0]) // 2, (SIZE[1] - size[1]) // 2))
    return np.asarray(frame)


def _read_faces(frame: Frame, found: tuple, network: Predictor) -> None:
    squares = [crops.cut(frame, face, network.card.crop_geometry, network.card.input_size) for face in found]
    network.predict(preprocessing.to_batch(squares, network.card))


def _read_hands(seen: tuple, network: Predictor) -> None:
    network.predict(preprocessing.to_landmark_batch(seen, network.card))


def _timed(times: dict[str, float], stage: str, call: Callable[[], Any]) -> Any:
    began = time.process_time()
    result = call()
    times[stage] = 1000 * (time.process_time() - began)
    return result


if __name__ == "__main__":
    typer.run(main)
