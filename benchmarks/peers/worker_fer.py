"""Runs the package ``fer``, emotion only, on pictures. ``benchmarks.peers.workers`` starts it in fer's environment."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

BEGAN = time.perf_counter()

import cv2  # noqa: E402
from fer.fer import FER  # noqa: E402  # type: ignore[import-not-found]

from benchmarks.peers import workers  # noqa: E402

IMPORT_S = time.perf_counter() - BEGAN


def load() -> Callable[[str], Callable[[], dict[str, Any]]]:
    program = FER(mtcnn=sys.argv[1] == "mtcnn")

    def prepare(path: str) -> Callable[[], dict[str, Any]]:
        picture = cv2.imread(path)
        return lambda: {"faces": len(program.detect_emotions(picture))}

    return prepare


if __name__ == "__main__":
    workers.serve(IMPORT_S, load)
