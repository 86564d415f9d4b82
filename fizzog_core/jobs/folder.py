"""Folders of images to one table: in batches, and a stopped run can be continued."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow.csv

from fizzog_core.errors import PictureError
from fizzog_core.jobs.pictures import rows_or_reject
from fizzog_core.media import images
from fizzog_core.networks.predictor import Networks
from fizzog_core.output import rejects as reject_tables
from fizzog_core.output import tables
from fizzog_core.output.rejects import Reject
from fizzog_core.output.tables import Row
from fizzog_core.runtime.atomic_files import guarded, whole
from fizzog_core.runtime.paths import path_text
from fizzog_core.vision.analyzer_pool import AnalyzerPool
from fizzog_core.vision.detector import Detector

BATCH_PICTURES = 64
"""Images whose rows are written together. A stopped run repeats at most this number."""


@dataclass(frozen=True, slots=True)
class FolderResult:
    """Counts of one run: images ``analysed`` now, in ``took_s`` seconds, and ``kept`` from earlier runs.

    ``rejects``: images that could not be analysed; they are also in the CSV file ``rejects_path``.
    """

    analysed: int
    kept: int
    took_s: float
    rejects: tuple[Reject, ...]
    rejects_path: Path


def find_pictures(paths: Iterable[str], recursive: bool = False) -> list[Path]:
    """The files that ``paths`` name, each once, sorted within each name.

    A path may be a file, a folder, or a pattern such as ``photos/**/*.jpg``. A file is returned without a check. A
    folder returns the images in it (by their endings); ``recursive`` includes the folders below it. Raises
    PictureError for a path that returns no file.
    """
    found: dict[Path, None] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            matches = sorted(_pictures_in(path, recursive))
        elif path.exists():
            matches = [path]
        else:
            matches = sorted(Path(match) for match in glob.iglob(name, recursive=True) if Path(match).is_file())
        if not matches:
            hint = "" if recursive or not path.is_dir() else " Use --recursive to include the folders below."
            raise PictureError(f"No picture at {name}. Expected a picture, a folder with pictures or a pattern.{hint}")
        found |= dict.fromkeys(matches)
    return list(found)


def analyze_pictures(
    pictures: Sequence[Path],
    networks: Networks,
    out: Path,
    *,
    workers: int = 1,
    on_batch: Callable[[int], None] = lambda _: None,
) -> FolderResult:
    """Analyse ``pictures`` into the table ``out``; skips images whose rows ``out`` already has.

    Batches are written to the folder ``<out>.parts``. A stopped run leaves it, and the next run continues from it.
    Rejected images go to ``<out>.rejects.csv`` and are tried again in each run. ``on_batch`` receives the number of
    images that each step finished. Raises ExportError if the results cannot be written.
    """
    tables.check_format(out)
    began = time.perf_counter()
    parts = out.with_name(f"{out.name}.parts")
    with guarded(out):
        parts.mkdir(exist_ok=True)
    done = _finished(out, parts)
    waiting = [path for path in pictures if path_text(path) not in done]
    on_batch(len(pictures) - len(waiting))
    rejects = _analyze_batches(waiting, networks, parts, workers, on_batch)
    _merge(out, parts)
    rejects_path = out.with_name(f"{out.stem}.rejects.csv")
    _write_rejects(rejects_path, rejects)
    return FolderResult(
        analysed=len(waiting) - len(rejects),
        kept=len(pictures) - len(waiting),
        took_s=time.perf_counter() - began,
        rejects=tuple(rejects),
        rejects_path=rejects_path,
    )


def _analyze_batches(
    waiting: Sequence[Path], networks: Networks, parts: Path, workers: int, on_batch: Callable[[int], None]
) -> list[Reject]:
    """Writes one part file for each batch; returns the rejected images."""
    rejects: list[Reject] = []
    with (
        AnalyzerPool(workers, lambda: Detector("image"), lambda _: networks) as analyzers,
        ThreadPoolExecutor(workers, "fizzog-folder") as threads,
    ):

        def analyze(path: Path) -> list[Row] | Reject:
            with analyzers.borrow() as analyzer:
                return rows_or_reject(path_text(path), lambda: images.read(path), analyzer)

        for start in range(0, len(waiting), BATCH_PICTURES):
            batch = waiting[start : start + BATCH_PICTURES]
            results = list(threads.map(analyze, batch))
            rejects += [result for result in results if isinstance(result, Reject)]
            rows = [row for result in results if not isinstance(result, Reject) for row in result]
            if rows:
                with tables.open_table(parts / f"{secrets.token_hex(8)}.parquet") as part:
                    part.add(rows)
            on_batch(len(batch))
    return rejects


def _pictures_in(folder: Path, recursive: bool) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        for name in names:
            if name.rpartition(".")[2].lower() in images.FORMATS and not name.startswith("."):
                yield Path(parent, name)
        if not recursive:
            folders.clear()


def _part_files(parts: Path) -> list[Path]:
    return sorted(path for path in parts.glob("*.parquet") if not path.name.startswith("."))


def _finished(out: Path, parts: Path) -> set[str]:
    """Sources that ``out`` or a part already has.

    A run that was killed while it merged leaves parts whose rows are in ``out``; those parts are deleted.
    """
    finished = _sources(out) if out.exists() else set()
    for part in _part_files(parts):
        sources = _sources(part)
        if sources & finished:
            part.unlink()
        finished |= sources
    return finished


def _sources(file: Path) -> set[str]:
    return {source for block in tables.read_blocks(file, ["source"]) for source in block["source"].to_pylist()}


def _merge(out: Path, parts: Path) -> None:
    """Writes the rows of ``out`` and of all parts to ``out``, then deletes the parts."""
    files = _part_files(parts)
    if files or not out.exists():
        with tables.open_table(out) as table:
            for file in [out] * out.exists() + files:
                for block in tables.read_blocks(file):
                    table.add_table(block)
    with guarded(out):
        shutil.rmtree(parts)


def _write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    """Writes the CSV file of rejects; removes an old one if there are no rejects."""
    with guarded(path):
        if not rejects:
            path.unlink(missing_ok=True)
            return
        with whole(path) as partial:
            pyarrow.csv.write_csv(reject_tables.to_table(rejects), str(partial))
