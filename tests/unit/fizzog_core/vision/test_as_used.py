"""Counting faces as the manifests of the data sets describe them."""

import csv
import shutil
from pathlib import Path

from benchmarks.accuracy import as_used

SAMPLE = Path(__file__).parents[4] / "samples" / "astronaut.png"


def test_faces_are_counted_against_a_number_or_a_range(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    shutil.copy(SAMPLE, tmp_path / "pictures" / "astronaut.png")
    (tmp_path / "pictures" / "broken.png").write_bytes(b"no picture")
    good, broken = "pictures/astronaut.png", "pictures/broken.png"
    rows = [(good, "3-4 (in a row)"), (good, "0 or 1"), (good, "0 (1 drawn)"), (good, "error"), (broken, "1")]
    with (tmp_path / "pictures" / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "faces"), *rows])
    counted = as_used.sample_faces(tmp_path)
    assert counted == {"faces": 3, "found": 1, "false": 1, "unreadable_pictures": 1}


def test_faces_are_found_in_a_picture_and_in_a_stream(tmp_path: Path) -> None:
    shutil.copy(SAMPLE, tmp_path / "astronaut.png")
    (tmp_path / "manifest.csv").write_text("path,label\nastronaut.png,happy\n")
    assert as_used.labelled_faces(tmp_path) == {"pictures": 1, "found": 1, "found_in_a_stream": 1}
