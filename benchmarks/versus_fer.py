"""Our whole pipeline (faces, 15 points, emotion, hands, gesture) against ``fer`` (emotion only), as ratios.

Prints JSON.

python -m benchmarks.versus_fer --fer-python PATH [PICTURE...]

The programs take turns on each picture. ``fizzog_stream`` reads it as the live page reads a frame, ``fizzog_picture``
as an uploaded picture: on tiles too, and twice for what is not found. Below 1 we are faster. A ratio is taken for each
picture and round before the median, so that a busy machine weighs on both sides.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from benchmarks import comparison


def main(
    fer_python: Annotated[Path, typer.Option(help="Python that has fer.")],
    pictures: Annotated[list[Path] | None, typer.Argument(metavar="[PICTURE...]")] = None,
    count: Annotated[int, typer.Option(help="Pictures, if none are named.")] = 8,
    repeats: Annotated[int, typer.Option(help="Rounds over the pictures.")] = 5,
    seed: int = 0,
) -> None:
    with (
        comparison.same_pictures(pictures or [], count, seed) as files,
        comparison.programs(fer_python, ("stream", "picture")) as workers,
    ):
        answers = comparison.in_turn(workers, files, repeats)
    print(json.dumps({"pictures": len(files), "repeats": repeats, "load_average": os.getloadavg()[0]}))
    for name in workers:
        print(json.dumps({"program": name, **comparison.medians(answers[name])}))
    for ours in ("fizzog_stream", "fizzog_picture"):
        for theirs in ("fer_haar", "fer_mtcnn"):
            ratios = {
                f"{kind}_ratio": round(
                    median(a[kind] / max(b[kind], 0.01) for a, b in zip(answers[ours], answers[theirs], strict=True)), 3
                )
                for kind in ("ms", "cpu_ms")
            }
            print(json.dumps({"ours": ours, "theirs": theirs, **ratios}))


if __name__ == "__main__":
    typer.run(main)
