"""Finds the image files of a folder job."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fizzog_core.errors import PictureError
from fizzog_core.media import images
from fizzog_core.runtime.paths import short_text


@dataclass(slots=True)
class FoundFiles:
    """``pictures``: files to analyse, each once. ``skipped``: other files in the folders.

    ``unreadable``: folders that could not be listed.
    """

    pictures: list[Path] = field(default_factory=list)
    skipped: int = 0
    unreadable: list[Path] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """One sentence for each kind of file that is not analysed."""
        notes = [f"{self.skipped} other file(s) skipped: they are not pictures."] if self.skipped else []
        unreadable = map(short_text, self.unreadable)
        return [*notes, *(f"The folder {folder} cannot be listed; its files are missing." for folder in unreadable)]


def find_pictures(paths: Iterable[str], recursive: bool = False) -> FoundFiles:
    """The files that ``paths`` name, sorted within each path.

    A path may be a file, a folder, or a pattern such as ``photos/**/*.jpg``. A file is returned without a check. A
    folder returns its images, by their ending or their content; ``recursive`` includes the folders below it. Links to
    folders are not followed. Raises PictureError for a path that names no file.
    """
    found = FoundFiles()
    known: set[Path] = set()
    for name in paths:
        matches = _matches(name, recursive, found)
        if not matches:
            hint = "" if recursive or not _is_dir(name) else " Use --recursive to include the folders below."
            expected = "Expected a picture, a folder with pictures or a pattern."
            raise PictureError(f"No picture at {short_text(name)}. {expected}{hint}")
        found.pictures += [path for path in matches if path not in known]
        known.update(matches)
    return found


def _matches(name: str, recursive: bool, found: FoundFiles) -> list[Path]:
    path = Path(name)
    try:
        if path.is_dir():
            return sorted(_pictures_in(path, recursive, found))
        if path.exists():
            return [path]
        return sorted(_by_pattern(path))
    except (OSError, ValueError, NotImplementedError):  # a name that the system refuses, such as one of 300 characters
        return []


def _is_dir(name: str) -> bool:
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):
        return False


def _pictures_in(folder: Path, recursive: bool, found: FoundFiles) -> Iterator[Path]:
    def note(error: OSError) -> None:
        found.unreadable.append(Path(os.fsdecode(error.filename or folder)))

    for parent, folders, names in os.walk(folder, onerror=note):
        for name in names:
            path = Path(parent, name)
            if name.startswith("."):
                continue
            if _may_be_picture(path):
                yield path
            else:
                found.skipped += 1
        if not recursive:
            folders.clear()


def _may_be_picture(path: Path) -> bool:
    """Whether the ending is that of an image, or the content begins as one."""
    if path.suffix[1:].lower() in images.FORMATS:
        return True
    return path.is_file() and images.is_picture(path)


def _by_pattern(path: Path) -> Iterator[Path]:
    parts = path.parts
    fixed = next((i for i, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    if fixed == len(parts):
        return
    for match in Path(*parts[:fixed]).glob(str(Path(*parts[fixed:]))):
        hidden = any(part.startswith(".") for part in match.parts[fixed:])
        if match.is_file() and not hidden:
            yield match
