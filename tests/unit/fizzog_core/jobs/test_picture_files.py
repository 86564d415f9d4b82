"""Which files a folder job analyses, and what it skips."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fizzog_core.errors import PictureError
from fizzog_core.jobs import picture_files
from fizzog_core.jobs.picture_files import find_pictures


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """a.png, b.jpg, sub/c.png, sub/bad.jpg and notes.txt (no pictures), and a hidden file."""
    (tmp_path / "sub").mkdir()
    for name in ("a.png", "b.jpg", "sub/c.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    for name in ("sub/bad.jpg", "notes.txt", ".hidden.png"):
        (tmp_path / name).write_text("no picture", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("names", "recursive", "expected"),
    [
        ([], False, []),
        ([""], False, ["a.png", "b.jpg"]),
        ([""], True, ["a.png", "b.jpg", "sub/bad.jpg", "sub/c.png"]),
        (["b.jpg", "a.png", "./b.jpg"], False, ["b.jpg", "a.png"]),
        (["notes.txt"], False, ["notes.txt"]),
        (["*.png"], False, ["a.png"]),
        (["**/*.png"], False, ["a.png", "sub/c.png"]),
        (["sub/*", "sub"], False, ["sub/bad.jpg", "sub/c.png"]),
    ],
)
def test_finding(names: list[str], recursive: bool, expected: list[str], tree: Path) -> None:
    found = find_pictures([f"{tree}/{name}" for name in names], recursive).pictures
    assert [str(path.relative_to(tree)) for path in found] == expected


@pytest.mark.parametrize(
    "name", ["absent.png", "*.tif", "empty", "x" * 300, "null\0byte", "data:image/png;base64,iVBO"]
)
def test_a_source_without_pictures_is_refused(name: str, tree: Path) -> None:
    (tree / "empty").mkdir()
    with pytest.raises(PictureError, match="No picture at"):
        find_pictures([f"{tree}/{name}"])


def test_the_content_decides_and_other_files_are_counted(tree: Path) -> None:
    for name, form in (("photo", "JPEG"), ("photo.jfif", "JPEG"), ("photo.data", "WEBP")):
        Image.new("RGB", (8, 8)).save(tree / name, form)
    found = find_pictures([str(tree)])
    assert [path.name for path in found.pictures] == ["a.png", "b.jpg", "photo", "photo.data", "photo.jfif"]
    assert found.notes == ["1 other file(s) skipped: they are not pictures."]


def test_a_loop_of_links_is_walked_once(tree: Path) -> None:
    (tree / "sub" / "loop").symlink_to(tree)
    (tree / "dangling.png").symlink_to(tree / "absent.png")
    names = sorted(path.name for path in find_pictures([f"{tree}/**/*.png"]).pictures)
    assert names == ["a.png", "c.png"]
    found = find_pictures([str(tree)], recursive=True).pictures
    assert sorted(path.name for path in found) == ["a.png", "b.jpg", "bad.jpg", "c.png", "dangling.png"]


def test_a_folder_that_cannot_be_listed_is_a_note(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = os.scandir

    def refuse(folder: Any) -> Iterator[Any]:
        if Path(folder).name == "sub":
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(picture_files.os, "scandir", refuse)
    found = find_pictures([str(tree)], recursive=True)
    assert [path.name for path in found.pictures] == ["a.png", "b.jpg"]
    assert found.notes[-1] == f"The folder {tree / 'sub'} cannot be listed; its files are missing."
