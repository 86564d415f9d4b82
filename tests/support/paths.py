"""Paths of the repository and of the data sets."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

SHARED_DATA = ROOT.parent / "shared" / "data"
"""The data sets, beside the repository."""

SHARED_CASES = ROOT.parent / "shared" / "cases"
"""Files of users that failed once, beside the repository."""


def files(folder: str, pattern: str) -> list[Path]:
    """The files of a folder of the repository that match a glob pattern, sorted.

    Raises FileNotFoundError if there is none: a rule that checks no file would pass for ever.
    """
    found = sorted(path for path in (ROOT / folder).glob(pattern) if path.is_file())
    if not found:
        raise FileNotFoundError(f"no file matches {folder}/{pattern}; correct the pattern of the test")
    return found
