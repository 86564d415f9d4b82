"""Where the repository and the given data lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

SHARED_DATA = ROOT.parent / "shared" / "data"
"""The given data sets, beside the repository."""

SHARED_CASES = ROOT.parent / "shared" / "cases"
"""Files of users that failed once, beside the repository."""
