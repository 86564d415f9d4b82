"""Writes the files that are generated from another file of the repository: ``python -m scripts.documents``.

tests/unit/project/test_generated.py compares each of them with its source.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from fizzog_core.datasets import summaries
from fizzog_core.evaluation import readmes
from fizzog_core.networks import model_card
from fizzog_core.settings import ROOT, Settings

REQUIREMENTS_HEADER = """\
# The packages that the site imports. Hosted Streamlit installs this list; `make docs` writes it from pyproject.toml.
-c constraints.txt

"""
SETTINGS_HEADER = """\
# Settings

Generated from `fizzog_core/settings.py` by `make docs`. Each setting is an environment variable. The process reads it
once, when it starts.

| variable | default | meaning |
| --- | --- | --- |
"""
COMPUTED_DEFAULTS = {"max_live": "number of processor cores"}
"""Settings whose default depends on the machine, with the default in words."""


def requirements(pyproject: str) -> str:
    """requirements.txt for the text of a pyproject.toml."""
    dependencies: list[str] = tomllib.loads(pyproject)["project"]["dependencies"]
    return REQUIREMENTS_HEADER + "".join(f"{dependency}\n" for dependency in dependencies)


def settings_page() -> str:
    """docs/settings.md: a row for each field of the settings class."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = COMPUTED_DEFAULTS.get(name) or _default(field.default)
        meaning = " ".join((field.description or "").split()).replace("``", "`")
        rows.append(f"| `FIZZOG_{name.upper()}` | {default} | {meaning} |\n")
    return SETTINGS_HEADER + "".join(rows)


def _default(value: object) -> str:
    text = str(value)
    if isinstance(value, Path):
        text = f"{value.relative_to(ROOT)}/" if value.is_relative_to(ROOT) else f"~/{value.relative_to(Path.home())}/"
    return f"`{text}`" if value is not None and text else "none"


def generated(root: Path = ROOT) -> dict[Path, str]:
    """Path and text of each generated file of the repository in ``root``."""
    files = {
        root / "requirements.txt": requirements((root / "pyproject.toml").read_text(encoding="utf-8")),
        root / "docs" / "settings.md": settings_page(),
    }
    for path in sorted((root / "models").glob(f"*/{model_card.CARD_FILE}")):
        files[path.with_name(readmes.README_FILE)] = readmes.model_readme(model_card.load(path.parent))
    for path in sorted((root / "datasets").glob(f"*/{summaries.CARD_FILE}")):
        files[path.with_name(readmes.README_FILE)] = readmes.dataset_readme(summaries.load_card(path.parent))
    return files


def main() -> None:
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
