"""Folders of images to one table: in batches, and a stopped run can be continued."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow.csv

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
    with guarded(out):
        return _analyze(pictures, networks, out, workers, on_batch)


def _analyze(
    pictures: Sequence[Path], networks: Networks, out: Path, workers: int, on_batch: Callable[[int], None]
) -> FolderResult:
    began = time.perf_counter()
    parts = out.with_name(f"{out.name}.parts")
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
    shutil.rmtree(parts)


def _write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    """Writes the CSV file of rejects; removes an old one if there are no rejects."""
    if not rejects:
        path.unlink(missing_ok=True)
        return
    with whole(path) as partial, partial.open("wb") as file:
        pyarrow.csv.write_csv(reject_tables.to_table(rejects), file)
