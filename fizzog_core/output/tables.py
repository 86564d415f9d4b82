"""Tables with a row for each face or hand of a frame, streamed to Parquet, CSV or JSON lines. docs/schema.md."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from fizzog_core.errors import ExportError
from fizzog_core.labels import EMOTIONS, GESTURES, NOT_SURE
from fizzog_core.output.records import COORDINATES, SCHEMA
from fizzog_core.runtime.atomic_files import guarded, whole
from fizzog_core.types import FaceResult, FrameResult, ItemResult, SmoothedLabel, TrackKey

csv: Any = pyarrow.csv  # implemented in C, without types

FORMATS = (".parquet", ".csv", ".jsonl")
"""File name endings of tables."""
BLOCK_ROWS = 2_000
"""Rows that are buffered before they are written, and rows of a Parquet row group."""

ROW_SCHEMA = pa.schema(
    [
        ("schema", pa.int16()),
        ("source", pa.string()),
        ("frame", pa.int32()),
        ("time_s", pa.float64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("kind", pa.string()),
        ("number", pa.int32()),
        ("track_id", pa.int32()),
        *((edge, pa.float64()) for edge in ("x1", "y1", "x2", "y2", "score")),
        ("handedness", pa.string()),
        ("label", pa.string()),
        ("label_score", pa.float64()),
        ("sure", pa.bool_()),
        ("steady_label", pa.string()),
        *((f"emotion_{label}", pa.float64()) for label in EMOTIONS),
        *((f"gesture_{label}", pa.float64()) for label in GESTURES),
        *((column, pa.float64()) for column in COORDINATES),
    ],
    metadata={"fizzog_schema": str(SCHEMA)},
)
"""Columns of every table, and the version in the metadata of a Parquet file."""

ROW_COLUMNS = tuple(ROW_SCHEMA.names)

Row = dict[str, Any]


def to_rows(
    source: str,
    result: FrameResult,
    frame: int = 0,
    time_s: float = 0.0,
    smoothed: Mapping[TrackKey, SmoothedLabel] | None = None,
) -> list[Row]:
    """One row for each face, then one for each hand. An image is frame 0 at 0 s.

    ``smoothed``: labels averaged over time, for a stream. A row has no key for a value that does not apply. Numbers are
    rounded as in the JSON: boxes and points to 0.01 px, probabilities to six digits.
    """
    common = {
        "schema": SCHEMA,
        "source": source,
        "frame": frame,
        "time_s": round(time_s, 6),
        "width": result.width,
        "height": result.height,
    }
    rows = []
    for items in (result.faces or (), result.hands or ()):
        for number, item in enumerate(items, start=1):
            row = common | {"number": number, "track_id": item.track_id} | _item(item)
            if smoothed and (held := smoothed.get((item.detection.kind, item.track_id or 0))):
                row["steady_label"] = held.label or NOT_SURE
            rows.append(row)
    return rows


def picture_rows(source: str, result: FrameResult) -> list[Row]:
    """As ``to_rows``, but an image without a face or hand gets one row of kind ``none``: the next run skips it."""
    nothing = {"schema": SCHEMA, "source": source, "frame": 0, "time_s": 0.0, "kind": "none", "number": 0}
    return to_rows(source, result) or [nothing | {"width": result.width, "height": result.height}]


def _item(item: ItemResult) -> Row:
    box, scores = item.detection.box, item.emotion if isinstance(item, FaceResult) else item.gesture
    row: Row = {edge: round(getattr(box, edge), 2) for edge in ("x1", "y1", "x2", "y2")}
    row |= {"kind": item.detection.kind, "score": round(item.detection.score, 4)}
    row["handedness"] = item.detection.handedness
    if scores is not None:
        task = "emotion" if isinstance(item, FaceResult) else "gesture"
        row |= {"label": scores.label, "label_score": round(scores.score, 6), "sure": scores.is_sure}
        row |= {f"{task}_{label}": round(value, 6) for label, value in scores.as_dict().items()}
    if isinstance(item, FaceResult) and item.keypoints is not None:
        points = item.keypoints.xy_px.astype(float).round(2).ravel().tolist()
        names = [f"{name}_{axis}" for name in item.keypoints.names for axis in "xy"]
        row |= dict(zip(names, points, strict=True))
    return row


def to_table(rows: Sequence[Row]) -> pa.Table:
    """Rows as an Arrow table with ``ROW_SCHEMA``; no rows give an empty table."""
    return pa.Table.from_pylist(list(rows), schema=ROW_SCHEMA)


def check_format(path: Path) -> str:
    """The ending of ``path`` in lower case. Raises ExportError if it is not one of ``FORMATS``."""
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise ExportError(f"{path.name}: expected a name that ends in {', '.join(FORMATS)} for the table.")
    return ending


class TableWriter:
    """Streams rows into a file; ``open_table`` creates one."""

    def __init__(self, path: Path, partial: Path) -> None:
        self._path = path
        self._rows: list[Row] = []
        with guarded(path):
            self._file = partial.open("wb")
            self._write, self._close = _SINKS[check_format(path)](self._file)

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows. They are written in blocks."""
        self._rows.extend(rows)
        if len(self._rows) >= BLOCK_ROWS:
            self.flush()

    def add_table(self, table: pa.Table) -> None:
        """Append an Arrow table that has ``ROW_SCHEMA``."""
        self.flush()
        with guarded(self._path):
            self._write(table)

    def flush(self) -> None:
        rows, self._rows = self._rows, []
        if rows:
            self.add_table(to_table(rows))

    def close(self) -> None:
        with guarded(self._path), self._file:
            self._close()


@contextmanager
def open_table(path: Path) -> Iterator[TableWriter]:
    """A writer of the table ``path``; its ending selects the format.

    The write is atomic: ``path`` is created or replaced when the block ends without an exception. Raises ExportError
    for another ending, or if the file cannot be written.
    """
    check_format(path)
    with whole(path) as partial:
        writer = TableWriter(path, partial)
        try:
            yield writer
            writer.flush()
        finally:
            writer.close()


def read_blocks(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """A table that ``open_table`` wrote, in blocks; ``columns`` None: all. Raises ExportError for other files."""
    try:
        for batch in _READERS[check_format(path)](path):
            table = pa.Table.from_batches([batch])
            wanted = ROW_SCHEMA if columns is None else pa.schema([ROW_SCHEMA.field(name) for name in columns])
            yield table.select(wanted.names).cast(wanted)
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise ExportError(
            f"{path} is not a table of this version ({str(error).splitlines()[0]}). "
            "Move the file away or choose another name."
        ) from error


def to_bytes(table: pa.Table, ending: str) -> bytes:
    """The file content of a table with ``ROW_SCHEMA``. Raises ExportError if ``ending`` is not one of ``FORMATS``."""
    file = io.BytesIO()
    write, close = _SINKS[check_format(Path(f"table{ending}"))](file)
    write(table)
    close()
    return file.getvalue()


Sink = tuple[Callable[[pa.Table], None], Callable[[], None]]


def _open_parquet(file: BinaryIO) -> Sink:
    writer = pq.ParquetWriter(file, ROW_SCHEMA, compression="zstd")
    return writer.write_table, writer.close


def _open_csv(file: BinaryIO) -> Sink:
    writer = csv.CSVWriter(file, ROW_SCHEMA)
    return writer.write_table, writer.close


def _open_jsonl(file: BinaryIO) -> Sink:
    return lambda table: file.writelines(json.dumps(row).encode() + b"\n" for row in table.to_pylist()), file.flush


def _read_parquet(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        _check_columns(file.schema_arrow.names)
        yield from file.iter_batches(BLOCK_ROWS)


def _read_csv(path: Path) -> Iterator[pa.RecordBatch]:
    types = {field.name: field.type for field in ROW_SCHEMA}
    convert: Any = csv.ConvertOptions(column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False)
    with csv.open_csv(path, convert_options=convert) as reader:
        _check_columns(reader.schema.names)
        yield from reader


def _read_jsonl(path: Path) -> Iterator[pa.RecordBatch]:
    with path.open(encoding="utf-8") as file:
        while lines := list(islice(file, BLOCK_ROWS)):
            rows = [json.loads(line) for line in lines]
            for row in rows:
                _check_columns(row)
            yield from to_table(rows).to_batches()


def _check_columns(names: Iterable[str]) -> None:
    if tuple(names) != ROW_COLUMNS:
        raise ValueError("its columns differ")


_SINKS = {".parquet": _open_parquet, ".csv": _open_csv, ".jsonl": _open_jsonl}
_READERS = {".parquet": _read_parquet, ".csv": _read_csv, ".jsonl": _read_jsonl}
