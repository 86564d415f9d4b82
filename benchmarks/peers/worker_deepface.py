"""Times DeepFace (faces and emotion only) on the frames of a video. ``benchmarks.scale.video peer`` starts this module.

DeepFace downloads weights at its first use. Without a network the weights stay random: the work is the same and the
results are useless, and the printed line reports it.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

import cv2.data
from deepface import DeepFace  # type: ignore[import-not-found]
from deepface.commons import folder_utils, weight_utils  # type: ignore[import-not-found]


def main(clip: str) -> None:
    weights = Path(folder_utils.get_deepface_home(), ".deepface", "weights")
    weights.mkdir(parents=True, exist_ok=True)
    for file in Path(cv2.data.haarcascades).glob("haarcascade_*.xml"):
        shutil.copyfile(file, weights / file.name)
    answers = "real"
    try:
        DeepFace.build_model("Emotion", "facial_attribute")
    except ValueError:
        answers = "random weights: they could not be loaded"
        weight_utils.download_weights_if_necessary = lambda **_: ""
        weight_utils.load_model_weights = lambda model, **_: model
    frames = read(clip)
    analyze(frames[0])
    began, used = time.perf_counter(), time.process_time()
    faces = sum(analyze(frame) for frame in frames)
    took, cpu = time.perf_counter() - began, time.process_time() - used
    figures = {"frames_per_s": round(len(frames) / took, 1), "cpu_ms_per_frame": round(1000 * cpu / len(frames), 1)}
    print(json.dumps({"frames": len(frames), "frames_with_a_face": faces, **figures, "answers": answers}))


def read(clip: str) -> list[cv2.typing.MatLike]:
    """Reads all frames before the timing starts."""
    video = cv2.VideoCapture(clip)
    frames = []
    while (step := video.read())[0]:
        frames.append(step[1])
    return frames


def analyze(frame: cv2.typing.MatLike) -> bool:
    """Returns whether DeepFace finds a face."""
    try:
        DeepFace.analyze(frame, actions=["emotion"], detector_backend="opencv", silent=True)
    except ValueError:  # DeepFace raises this error if it finds no face
        return False
    return True


if __name__ == "__main__":
    main(sys.argv[1])
