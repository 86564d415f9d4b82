"""Times our whole pipeline on pictures: start, load, first picture, steady pictures by stage, memory. Prints JSON.

python -m benchmarks.picture [PICTURE...] [--fer-python PATH]

With the Python of an environment in which requirements-benchmarks.txt is installed, ``fer`` is timed in the same run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import comparison


def main(
    pictures: Annotated[list[Path] | None, typer.Argument(metavar="[PICTURE...]")] = None,
    fer_python: Annotated[Path | None, typer.Option(help="Python that has fer.")] = None,
    count: Annotated[int, typer.Option(help="Pictures, if none are named.")] = 8,
    repeats: Annotated[int, typer.Option(help="Rounds over the pictures.")] = 5,
    seed: int = 0,
) -> None:
    with (
        comparison.same_pictures(pictures or [], count, seed) as files,
        comparison.programs(fer_python, ("picture",)) as workers,
    ):
        first = {name: worker.ask(files[0]) for name, worker in workers.items()}
        answers = comparison.in_turn(workers, files, repeats)
    print(json.dumps({"pictures": len(files), "repeats": repeats, "load_average": os.getloadavg()[0]}))
    for name, worker in workers.items():
        start = {**worker.started, "first_ms": first[name]["ms"]}
        print(json.dumps({"program": name, "start": start, "steady": comparison.medians(answers[name])}))


if __name__ == "__main__":
    typer.run(main)
