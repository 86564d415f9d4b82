"""``python -m fizzog_core batch SOURCE --out OUT``: very many pictures, on one machine or a cluster."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from fizzog_core import settings
from fizzog_core.errors import FizzogError
from fizzog_core.jobs import ray_batch as jobs


def batch(
    source: Annotated[str, typer.Argument(metavar="DIR", help="Folder or s3://bucket/prefix of pictures.")],
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder or s3:// for the tables; goes on if it has some.")],
    ray_address: Annotated[str, typer.Option(help="Ray cluster: auto, HOST:PORT, or local to start one.")] = "local",
    workers: Annotated[int, typer.Option(min=1, help="Workers at most, one core each.")] = os.cpu_count() or 1,
) -> None:
    """Analyse every picture below a folder into Parquet shards with Ray. Exits with 1 if it could not be finished."""
    job = jobs.Job(jobs.Place(source), jobs.Place(out), settings.get().models.resolve())
    totals = {"shards": 0, "pictures": 0, "refused": 0}

    def count(done: jobs.ShardDone) -> None:
        totals["shards"] += 1
        totals["pictures"] += done.pictures
        totals["refused"] += done.refused
        errors.print(f"{totals['shards']} shards, {totals['pictures']} pictures", highlight=False)

    errors = Console(stderr=True, soft_wrap=True)
    try:
        jobs.run(job, ray_address, workers, count)
        left = len(jobs.prepare(job))
    except FizzogError as error:
        errors.print(str(error), markup=False, highlight=False)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        errors.print("Stopped. What is done is kept: the same command goes on from here.")
        raise typer.Exit(130) from None
    print(f"{out}: {totals['pictures']} pictures analysed now, {totals['refused']} refused, {left} shards left.")
    raise typer.Exit(int(left > 0))
