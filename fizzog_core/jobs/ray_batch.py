"""A folder or bucket of images to Parquet shards, on a Ray cluster. docs/scale.md.

The manifest fixes the images of each shard, and shards are written atomically under their number. A shard that is
repeated, after a worker was killed or the job was restarted, replaces the same file: rows are neither lost nor
duplicated.
"""

from __future__ import annotations

import json
import logging
import secrets
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fizzog_core.errors import ExportError, PictureError
from fizzog_core.jobs.location import Location, arrow_fs
from fizzog_core.jobs.pictures import rows_or_reject
from fizzog_core.labels import TASKS
from fizzog_core.media import images
from fizzog_core.networks import loading, model_card
from fizzog_core.output import rejects, tables
from fizzog_core.output.records import SCHEMA
from fizzog_core.output.rejects import Reject
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

SHARD_PICTURES = 64
"""Images in a shard. A killed worker repeats at most this number."""
MANIFEST = "manifest.parquet"
ROWS, REJECTS = "rows", "rejects"
PARTIAL = ".part"


@dataclass(frozen=True, slots=True)
class Job:
    """Analyse the images of ``source`` into ``out`` with the networks in ``models_dir``. Sent to the workers."""

    source: Location
    out: Location
    models_dir: Path


class ShardDone(NamedTuple):
    """A worker's report on a shard: images analysed, images rejected, and the reason if the shard failed."""

    shard: int
    pictures: int
    rejected: int
    failure: str = ""


def prepare(job: Job) -> list[int]:
    """Write the manifest, or check that of an earlier run; returns the numbers of the shards that are not done.

    Images that are added to ``source`` later need another ``out``. Raises PictureError if ``source`` has no image,
    ExportError if ``out`` cannot be written or has results of another job.
    """
    with _guarded(job.out):
        files, root = job.out.files()
        path = f"{root}/{MANIFEST}"
        if files.get_file_info(path).type == arrow_fs.FileType.NotFound:
            names = _list_pictures(job.source)
            for folder in (ROWS, REJECTS):
                files.create_dir(f"{root}/{folder}")
            table = pa.table({"source": names}).replace_schema_metadata(_identity(job))
            _write(files, path, table, row_group_size=SHARD_PICTURES)
        with files.open_input_file(path) as file:
            manifest = pq.ParquetFile(file)
            if (manifest.schema_arrow.metadata or {}) != _identity(job):
                raise ExportError(f"{job.out.uri} has the results of another job. Choose an empty folder for --out.")
            shards = manifest.num_row_groups
        done = {Path(found.path).stem for found in files.get_file_info(arrow_fs.FileSelector(f"{root}/{ROWS}"))}
    return [shard for shard in range(shards) if _name(shard) not in done]


class ShardReader:
    """Analyses shards of a job; each Ray worker creates one and loads the networks and detectors once.

    ``close()`` frees the detectors; it also runs when the object is deleted and when the process ends.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        opened = ExitStack()
        networks = loading.load_all(job.models_dir)
        detector = opened.enter_context(closing(Detector("image")))
        self._analyzer = opened.enter_context(Analyzer(detector, networks))
        self.close = weakref.finalize(self, opened.close)  # Ray drops a worker's object without a call

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Ray Data's interface: a column ``shard`` of numbers in, the columns of ``ShardDone`` out.

        A failure is returned in the column ``failure``: Ray would replace the message of an exception by a traceback.
        """
        done = [self._attempt(int(shard)) for shard in batch["shard"]]
        return {name: np.array([getattr(one, name) for one in done]) for name in ShardDone._fields}

    def read(self, shard: int) -> ShardDone:
        """Analyse one shard and write its rejects, then its rows: the file of rows marks the shard as done.

        Raises ExportError if a file cannot be written.
        """
        files, root = self._job.out.files()
        with files.open_input_file(f"{root}/{MANIFEST}") as file:
            names = pq.ParquetFile(file).read_row_group(shard)["source"].to_pylist()
        rows: list[tables.Row] = []
        rejected: list[Reject] = []
        for name in names:
            result = rows_or_reject(self._job.source.name_of(name), partial(self._decode, name), self._analyzer)
            if isinstance(result, Reject):
                rejected.append(result)
            else:
                rows += result
        with _guarded(self._job.out):
            if rejected:
                _write(files, f"{root}/{REJECTS}/{_name(shard)}.parquet", rejects.to_table(rejected))
            _write(files, f"{root}/{ROWS}/{_name(shard)}.parquet", tables.to_table(rows))
        return ShardDone(shard, len(names) - len(rejected), len(rejected))

    def _attempt(self, shard: int) -> ShardDone:
        try:
            return self.read(shard)
        except ExportError as error:
            return ShardDone(shard, 0, 0, str(error))

    def _decode(self, name: str) -> Any:
        files, root = self._job.source.files()
        try:
            with files.open_input_stream(f"{root}/{name}", compression=None) as file:
                data = file.read()
        except OSError as error:
            raise PictureError(f"{name} cannot be read: {error}.") from None
        return images.decode(data)


def run(job: Job, address: str, workers: int, on_shard: Callable[[ShardDone], None] = lambda _: None) -> None:
    """Analyse all missing shards on the Ray cluster at ``address`` (``local``: start one) and wait for them.

    ``workers``: largest number of workers, each with one CPU core. Raises as ``prepare`` and ``ray_cluster``.
    """
    waiting = prepare(job)
    if not waiting:
        return
    from fizzog_core.jobs.ray_cluster import connected

    with connected(address):
        import ray.data  # pyright: ignore[reportMissingImports]

        ray.data.DataContext.get_current().enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        blocks = min(len(waiting), 1000)
        numbers = ray.data.from_items([{"shard": shard} for shard in waiting], override_num_blocks=blocks)
        answers = numbers.map_batches(
            ShardReader,  # type: ignore[arg-type]
            fn_constructor_args=(job,),
            batch_size=1,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
        )
        for row in answers.iter_rows():
            done = ShardDone(int(row["shard"]), int(row["pictures"]), int(row["refused"]), str(row["failure"]))
            if done.failure:
                raise ExportError(f"{done.failure} Finished shards are kept: start the same job again to continue.")
            on_shard(done)
    remove_unfinished(job.out)


def _list_pictures(source: Location) -> list[str]:
    """Names of all images below ``source``, relative to it, sorted."""
    files, root = source.files()
    try:
        if files.get_file_info(root).type != arrow_fs.FileType.Directory:
            raise PictureError(f"No folder at {source.uri}. Expected one with pictures.")
        found = files.get_file_info(arrow_fs.FileSelector(root, recursive=True))
    except OSError as error:
        raise PictureError(f"{source.uri} cannot be listed: {error}.") from None
    names = [info.path[len(root) :].lstrip("/") for info in found if info.is_file]
    pictures = sorted(name for name in names if name.rpartition(".")[2].lower() in images.FORMATS)
    if not pictures:
        raise PictureError(f"No picture below {source.uri}. Expected files such as .jpg or .png.")
    return pictures


def _identity(job: Job) -> dict[bytes, bytes]:
    """Metadata that must be equal for two runs of one job: source, networks and schema version."""
    networks = {task: model_card.load(job.models_dir / task).sha256 for task in TASKS}
    identity = {"source": job.source.uri, "networks": networks, "schema": SCHEMA}
    return {b"fizzog_job": json.dumps(identity, sort_keys=True).encode()}


def _name(shard: int) -> str:
    return f"{shard:07d}"


def _write(files: Any, path: str, table: pa.Table, **options: Any) -> None:
    """Writes the table atomically."""
    folder, _, name = path.rpartition("/")
    unfinished = f"{folder}/.{name}.{secrets.token_hex(4)}{PARTIAL}"
    try:
        with files.open_output_stream(unfinished) as file:
            pq.write_table(table, file, compression="zstd", **options)
        files.move(unfinished, path)
    except BaseException:
        with suppress(OSError):  # the file may not exist yet
            files.delete_file(unfinished)
        raise


def remove_unfinished(out: Location) -> None:
    """Removes unfinished files of killed workers."""
    files, root = out.files()
    with _guarded(out):
        for folder in (ROWS, REJECTS):
            for found in files.get_file_info(arrow_fs.FileSelector(f"{root}/{folder}")):
                if found.path.endswith(PARTIAL):
                    files.delete_file(found.path)


@contextmanager
def _guarded(folder: Location) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{folder.uri} cannot be written: {error}. Choose a writable folder with room.") from error
