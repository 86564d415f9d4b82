"""Folders to one table: what is found, what is refused, what a second run does."""

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from fizzog_core.errors import ExportError
from fizzog_core.jobs import folder
from fizzog_core.jobs.picture_files import find_pictures
from fizzog_core.networks.predictor import Networks
from fizzog_core.output import tables
from tests.support.disk import full_disk
from tests.support.paths import ROOT

ASTRONAUT = ROOT / "samples" / "astronaut.png"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """a.png (one face), b.jpg and sub/c.png (nobody), sub/bad.jpg (no picture), notes.txt."""
    top = tmp_path / "in"
    (top / "sub").mkdir(parents=True)
    with Image.open(ASTRONAUT) as image:
        image.resize((256, 256)).save(top / "a.png")
    Image.new("RGB", (64, 64), "grey").save(top / "b.jpg")
    Image.new("RGB", (48, 64), "grey").save(top / "sub" / "c.png")
    (top / "sub" / "bad.jpg").write_text("no picture")
    (top / "notes.txt").write_text("no picture")
    (top / ".hidden.png").write_text("no picture")
    return top


def analyze(
    tree: Path, networks: Networks, out: Path, workers: int = 1, on_batch: Callable[[int], None] = lambda _: None
) -> folder.FolderResult:
    pictures = find_pictures([str(tree)], recursive=True).pictures
    return folder.analyze_pictures(pictures, networks, out, workers=workers, on_batch=on_batch)


def sources(out: Path) -> list[str]:
    found = [name for block in tables.read_blocks(out, ["source"]) for name in block["source"].to_pylist()]
    return [Path(name).name for name in found]


@pytest.mark.parametrize(("form", "workers"), [(".parquet", 1), (".csv", 2), (".jsonl", 2)])
def test_one_table_and_one_of_refusals(
    form: str, workers: int, tree: Path, tmp_path: Path, tiny_networks: Networks
) -> None:
    out = tmp_path / f"out{form}"
    steps: list[int] = []
    result = analyze(tree, tiny_networks, out, workers=workers, on_batch=steps.append)
    assert (result.analysed, result.kept, sum(steps)) == (3, 0, 4)
    assert sources(out) == ["a.png", "b.jpg", "c.png"]
    kinds = [kind for block in tables.read_blocks(out, ["kind"]) for kind in block["kind"].to_pylist()]
    assert kinds == ["face", "none", "none"]
    with (tmp_path / "out.rejects.csv").open(encoding="utf-8", newline="") as file:
        (reject,) = csv.DictReader(file)
    assert reject["source"].endswith("bad.jpg")
    assert "not a picture" in reject["reason"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", out.name, "out.rejects.csv"]


def test_a_second_run_does_what_is_new_and_what_was_refused(
    tree: Path, tmp_path: Path, tiny_networks: Networks
) -> None:
    out = tmp_path / "out.parquet"
    analyze(tree, tiny_networks, out)
    (tree / "sub" / "bad.jpg").unlink()
    shutil.copy(tree / "b.jpg", tree / "sub" / "bad.jpg")
    shutil.copy(tree / "b.jpg", tree / "d.jpg")
    result = analyze(tree, tiny_networks, out)
    assert (result.analysed, result.kept, result.rejects) == (2, 3, ())
    assert sorted(sources(out)) == ["a.png", "b.jpg", "bad.jpg", "c.png", "d.jpg"]
    assert not result.rejects_path.exists()
    assert pq.read_schema(out).metadata[b"fizzog_schema"] == b"1"


class Killed(BaseException):
    pass


def killer(after: int) -> Callable[[int], None]:
    left = [after]

    def on_batch(_: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return on_batch


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_killed_run_resumes_without_duplicate_rows(
    steps: int, tree: Path, tmp_path: Path, tiny_networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "BATCH_PICTURES", 1)
    out = tmp_path / "out.csv"
    with pytest.raises(Killed):
        analyze(tree, tiny_networks, out, on_batch=killer(steps))
    assert not out.exists()
    result = analyze(tree, tiny_networks, out)
    assert result.kept == steps
    assert sorted(sources(out)) == ["a.png", "b.jpg", "c.png"]
    assert not (tmp_path / "out.csv.parts").exists()


def test_a_run_killed_after_its_merge_doubles_nothing(
    tree: Path, tmp_path: Path, tiny_networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.parquet"

    def killed(_: Path) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(folder.shutil, "rmtree", killed)
        with pytest.raises(Killed):
            analyze(tree, tiny_networks, out)
    assert out.exists()
    assert list((tmp_path / "out.parquet.parts").iterdir())
    assert analyze(tree, tiny_networks, out).kept == 3
    assert sorted(sources(out)) == ["a.png", "b.jpg", "c.png"]


def test_an_odd_failure_is_a_refusal(
    tree: Path, tmp_path: Path, tiny_networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(folder.images, "read", fail)
    result = analyze(tree, tiny_networks, tmp_path / "out.parquet")
    assert (result.analysed, len(result.rejects)) == (0, 4)
    assert "ZeroDivisionError: odd" in result.rejects[0].reason
    assert sources(tmp_path / "out.parquet") == []


@pytest.mark.parametrize("name", ["nowhere/out.csv", "/proc/out.csv", "out.txt"])
def test_an_output_that_cannot_be_written_is_refused(
    name: str, tree: Path, tmp_path: Path, tiny_networks: Networks
) -> None:
    with pytest.raises(ExportError, match=r"cannot be written|expected a name"):
        analyze(tree, tiny_networks, tmp_path / name)


def test_a_full_disk_is_reported_and_the_run_can_resume(tree: Path, tmp_path: Path, tiny_networks: Networks) -> None:
    out = tmp_path / "out.parquet"
    with full_disk(), pytest.raises(ExportError, match="cannot be written: File too large"):
        analyze(tree, tiny_networks, out)
    assert not out.exists()
    assert list(out.with_name("out.parquet.parts").iterdir()) == []
    assert analyze(tree, tiny_networks, out).analysed == 3


def test_a_name_that_is_no_text(tree: Path, tmp_path: Path, tiny_networks: Networks) -> None:
    odd = os.fsencode(tree) + b"/odd\xff.png"
    shutil.copy(os.fsencode(tree / "a.png"), odd)
    result = analyze(tree, tiny_networks, tmp_path / "out.csv")
    assert result.analysed == 4
    assert analyze(tree, tiny_networks, tmp_path / "out.csv").kept == 4
