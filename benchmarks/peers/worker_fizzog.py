"""Runs Fizzog's whole pipeline on pictures, for the comparison. ``benchmarks.peers.workers`` starts this module."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Literal, cast

BEGAN = time.perf_counter()

import ai_edge_litert.interpreter  # noqa: E402, F401  the imports are timed

from benchmarks.peers import workers  # noqa: E402
from fizzog_core import settings  # noqa: E402
from fizzog_core.media import images  # noqa: E402
from fizzog_core.networks import loading  # noqa: E402
from fizzog_core.vision.analyzer import Analyzer  # noqa: E402
from fizzog_core.vision.detector import Detector  # noqa: E402

IMPORT_S = time.perf_counter() - BEGAN


def load() -> Callable[[str], Callable[[], dict[str, Any]]]:
    mode = cast(Literal["image", "video"], sys.argv[1])
    analyzer = Analyzer(Detector(mode), loading.load_all(settings.get().models))

    def prepare(path: str) -> Callable[[], dict[str, Any]]:
        frame = images.read(workers.Path(path))

        def call() -> dict[str, Any]:
            result = analyzer.analyze(frame)
            stage_ms = {stage: round(ms, 2) for stage, ms in result.stage_ms.items()}
            return {"faces": len(result.faces or ()), "hands": len(result.hands or ()), "stage_ms": stage_ms}

        return call

    return prepare


if __name__ == "__main__":
    workers.serve(IMPORT_S, load)
