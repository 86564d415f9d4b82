"""Rows for faces and hands, the same in Parquet, CSV and JSON lines."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fizzog_core.errors import ExportError
from fizzog_core.labels import EMOTIONS, GESTURES
from fizzog_core.output import tables
from fizzog_core.output.records import SCHEMA
from fizzog_core.types import FaceResult, FrameResult, HandResult, Keypoints, Scores, SmoothedLabel
from tests.support.disk import full_disk
from tests.support.fakes import make_face, make_hand
from tests.support.paths import ROOT


def scores(labels: tuple[str, ...], best: str) -> Scores:
    return Scores(labels, np.array([0.7 if label == best else 0.3 / (len(labels) - 1) for label in labels], np.float32))


def some_result() -> FrameResult:
    points = Keypoints(np.arange(30, dtype=np.float32).reshape(15, 2) + 0.123)
    face = FaceResult(make_face(), points, scores(EMOTIONS, "happy"), track_id=3)
    return FrameResult(320, 240, (face,), (HandResult(make_hand(), scores(GESTURES, "victory"), track_id=1),))


def test_a_row_for_each_face_and_hand() -> None:
    assert tables.to_rows("a.jpg", FrameResult(10, 10)) == []
    assert tables.to_rows("a.jpg", FrameResult(10, 10, None, None)) == []
    face, hand = tables.to_rows(
        "a.mp4", some_result(), 7, 0.28, {("face", 3): SmoothedLabel(scores(EMOTIONS, "sad"), "sad", 0.0)}
    )
    assert (face["kind"], face["number"], face["track_id"], face["label"], face["steady_label"]) == (
        "face", 1, 3, "happy", "sad",
    )  # fmt: skip
    assert (face["frame"], face["time_s"], face["width"], face["height"]) == (7, 0.28, 320, 240)
    assert (face["x1"], face["emotion_happy"], face["left_eye_center_y"]) == (100.0, 0.7, 1.12)
    assert (hand["kind"], hand["handedness"], hand["label"], hand.get("steady_label")) == (
        "hand",
        "right",
        "victory",
        None,
    )
    assert set(face) | set(hand) <= set(tables.ROW_COLUMNS)


def test_a_picture_without_anybody_has_a_row_too() -> None:
    (row,) = tables.picture_rows("a.jpg", FrameResult(10, 20))
    assert (row["kind"], row["number"], row["width"], row["height"]) == ("none", 0, 10, 20)
    assert tables.picture_rows("a.jpg", some_result()) == tables.to_rows("a.jpg", some_result())


@pytest.mark.parametrize("form", tables.FORMATS)
def test_every_format_returns_the_same_rows(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK_ROWS", 5)
    path = tmp_path / f"rows{form.upper()}"
    rows = [row for n in range(9) for row in tables.to_rows('odd, "name"\n', some_result(), n, n / 3)]
    with tables.open_table(path) as table:
        table.add([])
        for row in rows:
            table.add([row])
    expected = tables.to_table(rows)
    found = [row for block in tables.read_blocks(path) for row in block.to_pylist()]
    assert found == expected.to_pylist()
    sources = [name for block in tables.read_blocks(path, ["source"]) for name in block["source"].to_pylist()]
    assert sources == ['odd, "name"\n'] * 18
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("form", tables.FORMATS)
def test_a_files_bytes_are_those_of_the_file(form: str, tmp_path: Path) -> None:
    for rows in ([], tables.to_rows("a.jpg", some_result())):
        path = tmp_path / f"a{form}"
        path.write_bytes(tables.to_bytes(tables.to_table(rows), form))
        found = [row for block in tables.read_blocks(path) for row in block.to_pylist()]
        assert found == tables.to_table(rows).to_pylist()


def test_the_parquet_file_names_its_schema_version(tmp_path: Path) -> None:
    with tables.open_table(tmp_path / "a.parquet"):
        pass
    schema = pq.read_schema(tmp_path / "a.parquet")
    assert schema.metadata[b"fizzog_schema"] == b"1"
    assert tuple(schema.names) == tables.ROW_COLUMNS


def test_an_error_leaves_no_table(tmp_path: Path) -> None:
    def fail() -> None:
        with tables.open_table(tmp_path / "a.csv") as table:
            table.add(tables.to_rows("a", some_result()))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.xlsx", "a", "nowhere/a.csv", "nowhere/a.parquet", "nowhere/a.jsonl"])
def test_a_table_that_cannot_be_written_is_refused(name: str, tmp_path: Path) -> None:
    with (
        pytest.raises(ExportError, match=r"expected a name that ends|cannot be written"),
        tables.open_table(tmp_path / name),
    ):
        pass


@pytest.mark.parametrize("form", tables.FORMATS)
def test_a_full_disk_is_reported_and_leaves_no_file(form: str, tmp_path: Path) -> None:
    rows = tables.to_rows("a", some_result()) * 100
    with (
        full_disk(),
        pytest.raises(ExportError, match="cannot be written: File too large"),
        tables.open_table(tmp_path / f"a{form}") as table,
    ):
        table.add(rows)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", tables.FORMATS)
def test_a_file_that_is_no_results_table_is_refused(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{form}"
    path.write_text('{"other": 1}\n')
    with pytest.raises(ExportError, match="not a table of this version"):
        list(tables.read_blocks(path))


def test_the_documentation_names_every_column() -> None:
    text = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert f"Schema version {SCHEMA}" in text
    assert [name for name in tables.ROW_COLUMNS if f"`{name}`" not in text] == []
