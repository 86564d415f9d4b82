"""``fizzog batch SOURCE --out OUT``: a large number of pictures, on one machine or a Ray cluster."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from fizzog_core import settings
from fizzog_core.cli.exits import exit_on_error
from fizzog_core.jobs import ray_batch as jobs
from fizzog_core.jobs.location import Location
from fizzog_core.runtime.cpu import available_cores


def batch(
    source: Annotated[str, typer.Argument(metavar="DIR", help="Folder or s3://bucket/prefix of pictures.")],
    out: Annotated[
        str,
        typer.Option(metavar="DIR", help="Folder or s3://bucket/prefix of the tables. Unfinished jobs continue."),
    ],
    ray_address: Annotated[str, typer.Option(help="Ray cluster: auto, HOST:PORT, or local to start one.")] = "local",
    workers: Annotated[int, typer.Option(min=1, help="Largest number of workers.")] = available_cores(),
) -> None:
    """Analyse every picture below a folder into Parquet shards with Ray. The exit status is 1 if shards are missing."""
    totals = {"shards": 0, "pictures": 0, "rejected": 0}

    def count(done: jobs.ShardDone) -> None:
        totals["shards"] += 1
        totals["pictures"] += done.pictures
        totals["rejected"] += done.rejected
        errors.print(f"{totals['shards']} shards, {totals['pictures']} pictures", highlight=False)

    errors = Console(stderr=True, soft_wrap=True)
    with exit_on_error(errors, "Stopped. Finished shards are kept: repeat the command to continue."):
        job = jobs.Job(Location(source), Location(out), settings.get().models.resolve())
        jobs.run(job, ray_address, workers, count)
        left = len(jobs.prepare(job))
    print(f"{out}: {totals['pictures']} pictures analysed now, {totals['rejected']} rejected, {left} shards left.")
    raise typer.Exit(int(left > 0))
