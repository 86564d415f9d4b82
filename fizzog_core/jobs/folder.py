"""Folders of pictures to one table: in batches, resumable, and no bad file stops the run."""

from __future__ import annotations

import csv
import glob
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from fizzog_core.errors import FizzogError, PictureError
from fizzog_core.media import images
from fizzog_core.networks.loading import Networks
from fizzog_core.output import tables
from fizzog_core.output.records import SCHEMA
from fizzog_core.output.tables import Row
from fizzog_core.runtime.atomic_files import guarded, whole
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

BATCH_PICTURES = 64
"""Pictures whose rows are written together: what a killed run has to do again at most."""
REJECT_COLUMNS = ("schema", "source", "reason")


@dataclass(frozen=True, slots=True)
class Reject:
    """A file that could not be analysed, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class FolderResult:
    """What a run did: pictures ``analysed`` now, in ``took_s`` seconds, ``kept`` from earlier runs, and refused."""

    analysed: int
    kept: int
    took_s: float
    rejects: tuple[Reject, ...]
    rejects_path: Path


def source_of(path: Path) -> str:
    """A path as text; bytes that are no UTF-8 become question marks."""
    return os.fsencode(path).decode(errors="replace")


def find_pictures(paths: Iterable[str], recursive: bool = False) -> list[Path]:
    """The files that ``paths`` name, each once, sorted within each name.

    A file is taken as it is. A folder gives the pictures in it (by their endings), with ``recursive`` those of all
    folders below it too. Anything else may be a pattern such as ``photos/**/*.jpg``. Raises PictureError for a name
    that gives nothing.
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
            below = "" if recursive or not path.is_dir() else "; --recursive looks into the folders below"
            raise PictureError(f"No picture at {name}. Expected a picture, a folder with pictures or a pattern{below}.")
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
    """Analyse ``pictures`` into the table ``out``, but for those that it has; refused files go to a table beside it.

    Rows are gathered in ``out``'s ``.parts`` folder, which stays if the run is stopped: the next one goes on from it.
    Refused files are tried again by every run. ``on_batch`` is told how many pictures each step has done. Raises
    ExportError if the results cannot be written.
    """
    tables.check_form(out)
    began = time.perf_counter()
    parts = out.with_name(f"{out.name}.parts")
    with guarded(out):
        parts.mkdir(exist_ok=True)
    done = _finished(out, parts)
    waiting = [path for path in pictures if source_of(path) not in done]
    on_batch(len(pictures) - len(waiting))
    rejects: list[Reject] = []
    with _Readers(networks, workers) as readers:
        for start in range(0, len(waiting), BATCH_PICTURES):
            batch = waiting[start : start + BATCH_PICTURES]
            answers = list(readers.read(batch))
            rejects += [answer for answer in answers if isinstance(answer, Reject)]
            rows = [row for answer in answers if not isinstance(answer, Reject) for row in answer]
            if rows:
                with tables.open_table(parts / f"{secrets.token_hex(8)}.parquet") as part:
                    part.add(rows)
            on_batch(len(batch))
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


class _Readers:
    """Threads that read pictures, each with detectors of its own; the networks are shared."""

    def __init__(self, networks: Networks, workers: int) -> None:
        self._opened = ExitStack()
        self._free: SimpleQueue[Analyzer] = SimpleQueue()
        for _ in range(workers):
            self._free.put(Analyzer(self._opened.enter_context(Detector("picture")), networks))
        self._pool = self._opened.enter_context(ThreadPoolExecutor(workers, "fizzog-folder"))

    def read(self, pictures: Sequence[Path]) -> Iterator[list[Row] | Reject]:
        """Rows or a refusal for each picture, in their order."""
        return self._pool.map(self._read, pictures)

    def __enter__(self) -> _Readers:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _read(self, path: Path) -> list[Row] | Reject:
        source = source_of(path)
        analyzer = self._free.get()
        try:
            return tables.picture_rows(source, analyzer.analyze(images.read(path)))
        except FizzogError as error:
            return Reject(source, str(error))
        except Exception as error:  # one odd file among a hundred thousand must not cost the others
            return Reject(source, f"It could not be analysed: {type(error).__name__}: {error}.")
        finally:
            self._free.put(analyzer)


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
    """Sources that need no work. A part that is in ``out`` already was merged by a run that was then killed: away."""
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
    """What ``out`` has and the parts, into ``out``, and the parts away."""
    files = _part_files(parts)
    if files or not out.exists():
        with tables.open_table(out) as table:
            for file in [out] * out.exists() + files:
                for block in tables.read_blocks(file):
                    table.add_table(block)
    with guarded(out):
        shutil.rmtree(parts)


def _write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    """The table of refused files; none if there are none."""
    if not rejects:
        path.unlink(missing_ok=True)
        return
    with whole(path) as partial, guarded(path), partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(REJECT_COLUMNS)
        writer.writerows((SCHEMA, reject.source, reject.reason) for reject in rejects)
