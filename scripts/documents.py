"""Writes the files that are generated from another file of the repository: ``python -m scripts.documents``.

tests/unit/project/test_generated.py compares each of them with its source.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from fizzog_core.settings import ROOT

REQUIREMENTS_HEADER = """\
# The packages that the site imports. Hosted Streamlit installs this list; `make docs` writes it from pyproject.toml.
-c constraints.txt

"""


def requirements(pyproject: str) -> str:
    """requirements.txt for the text of a pyproject.toml."""
    dependencies: list[str] = tomllib.loads(pyproject)["project"]["dependencies"]
    return REQUIREMENTS_HEADER + "".join(f"{dependency}\n" for dependency in dependencies)


def generated(root: Path = ROOT) -> dict[Path, str]:
    """Path and text of each generated file of the repository in ``root``."""
    return {root / "requirements.txt": requirements((root / "pyproject.toml").read_text(encoding="utf-8"))}


def main() -> None:
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
