"""Runs a batch on two local nodes, kills a worker or a node, and counts lost or doubled pictures. Prints JSON.

python -m benchmarks.scale.cluster [--pictures 128] [--kill worker|node]
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from fizzog_core import settings
from fizzog_core.jobs import ray_batch
from fizzog_core.jobs.location import Location
from fizzog_core.output import tables
from fizzog_core.settings import ROOT

CORES = 1
"""Cores of each of the two nodes; one worker runs on each node."""


def main(
    pictures: Annotated[int, typer.Option(min=1, help="Copies of the sample picture.")] = 128,
    shard: Annotated[int, typer.Option(min=1, help="Pictures in a shard.")] = 8,
    kill: Annotated[str, typer.Option(help="worker, node or nothing")] = "worker",
) -> None:
    ray_batch.SHARD_PICTURES = shard
    from ray.cluster_utils import Cluster  # pyright: ignore[reportMissingImports]

    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "pictures"), Path(folder, "out")
        _copy_pictures(source, pictures)
        cluster: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": CORES, "include_dashboard": False})
        second = cluster.add_node(num_cpus=CORES)
        killer = Killer(kill, cluster, second, after=max(1, pictures // shard // 3))
        job = ray_batch.Job(Location(str(source)), Location(str(out)), settings.get().models.resolve())
        began = time.perf_counter()
        try:
            ray_batch.run(job, cluster.address, 2, killer.on_shard)
        finally:
            took = time.perf_counter() - began
            cluster.shutdown()
        print(json.dumps(killer.did | {"shards": killer.shards, "seconds": round(took, 1)} | count(source, out)))


class Killer:
    """Kills a worker process or a whole node after ``after`` shards."""

    def __init__(self, what: str, cluster: Any, node: Any, after: int) -> None:
        self.did: dict[str, Any] = {"killed": "nothing"}
        self._what, self._cluster, self._node, self._after = what, cluster, node, after
        self.shards = 0

    def on_shard(self, done: ray_batch.ShardDone) -> None:
        self.shards += 1
        if self.shards == self._after and self._what != "nothing":
            threading.Thread(target=self._kill).start()

    def _kill(self) -> None:
        workers = worker_processes()
        if self._what == "node":
            self._cluster.remove_node(self._node, allow_graceful=False)  # kill -9 of the raylet and its children
        else:
            os.kill(workers[0], signal.SIGKILL)
        shards = self.shards
        time.sleep(1)
        gone = len(set(workers) - set(worker_processes()))
        self.did = {"killed": self._what, "shards_then": shards, "workers_then": len(workers), "workers_gone": gone}


def worker_processes() -> list[int]:
    """Returns the process ids of this project's workers. Ray writes an actor's class into the title of its process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # the process has ended meanwhile
            if path.read_bytes().startswith(b"ray::") and b"ShardReader" in path.read_bytes():
                found.append(int(path.parent.name))
    return sorted(found)


def count(source: Path, out: Path) -> dict[str, Any]:
    """Counts pictures with rows, and row sets for each picture."""
    sets: Counter[str] = Counter()
    for path in sorted((out / ray_batch.ROWS).glob("*.parquet")):
        sets.update({s for block in tables.read_blocks(path, ["source"]) for s in block["source"].to_pylist()})
    wanted = {str(path) for path in source.iterdir()}
    return {
        "pictures": len(wanted),
        "lost": len(wanted - sets.keys()),
        "doubled": sum(number > 1 for number in sets.values()),
        "rows_of_something_else": len(sets.keys() - wanted),
    }


def _copy_pictures(folder: Path, number: int) -> None:
    folder.mkdir()
    for index in range(number):
        shutil.copyfile(ROOT / "samples" / "astronaut.png", folder / f"{index:05d}.png")


if __name__ == "__main__":
    typer.run(main)
