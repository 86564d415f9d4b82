"""Folders of labelled pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fizzog_core.errors import DataError
from fizzog_core.types import Box, Detection
from training.data import image_folders
from training.data.reports import Refusal


def save(path: Path, color: tuple[int, int, int] = (1, 2, 3)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 6), color).save(path)
    return path


def test_files_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("A10.png", "A9.png", "A.png", ".hidden.png"):
        save(tmp_path / "A" / name)
    (tmp_path / ".git").mkdir()
    found = image_folders.label_folders(tmp_path)
    assert {label: [file.name for file in files] for label, files in found.items()} == {
        "A": ["A.png", "A9.png", "A10.png"]
    }


def test_an_archives_doubled_folder_is_opened(tmp_path: Path) -> None:
    save(tmp_path / "set" / "set" / "A" / "A1.png")
    assert list(image_folders.label_folders(tmp_path / "set")) == ["A"]


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_no_folders_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="one folder of pictures per label"):
        image_folders.label_folders(tmp_path / name)


@pytest.mark.parametrize(("name", "number"), [("A.jpg", None), ("A17.jpg", 17), ("kaggle_2_A_0003.jpg", 3)])
def test_the_last_number_of_a_name_is_the_frames(name: str, number: int | None) -> None:
    assert image_folders.frame_number(Path("x") / name) == number


def test_unreadable_files_are_refused_and_the_rest_go_on(tmp_path: Path) -> None:
    good = save(tmp_path / "A" / "1.png")
    (tmp_path / "A" / "2.png").write_text("no picture")
    (tmp_path / "A" / "3.png").write_bytes(b"")
    refused: list[Refusal] = []
    paths = [*sorted((tmp_path / "A").iterdir()), tmp_path / "A" / "4.png"]
    read = list(image_folders.read_all(paths, tmp_path, refused))
    assert [path for path, _, _ in read] == [good]
    assert read[0][1].shape == (6, 8, 3)
    assert [refusal.where for refusal in refused] == ["A/2.png", "A/3.png", "A/4.png"]
    assert "not a picture" in refused[0].reason
    assert "empty" in refused[1].reason
    assert "No such file" in refused[2].reason


def test_a_lists_checksum_knows_names_and_contents_and_no_order() -> None:
    one = image_folders.list_checksum(["a", "b"], [b"1", b"2"])
    assert one == image_folders.list_checksum(["b", "a"], [b"2", b"1"])
    assert one != image_folders.list_checksum(["a", "b"], [b"2", b"1"])
    assert one != image_folders.list_checksum(["a", "c"], [b"1", b"2"])


def test_the_largest_box_wins() -> None:
    found = [Detection("face", Box(0, 0, side, side), 0.5) for side in (5, 9, 7)]
    assert image_folders.largest([]) is None
    assert image_folders.largest(found) is found[1]


def test_what_was_seen_may_be_nothing() -> None:
    assert image_folders.Seen.of([], []).thumbnails.shape == (0, 48, 48)
    assert image_folders.Seen.of([np.zeros((48, 48), np.uint8)], [b"1"]).thumbnails.shape == (1, 48, 48)
