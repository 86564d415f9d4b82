"""Each generated file equals what its source gives; ``make docs`` writes them again."""

import re
import tomllib
from pathlib import Path

import pytest

import fizzog_core
from fizzog_core import settings
from scripts import documents
from tests.support.paths import ROOT, files

GENERATED = documents.generated()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == GENERATED[path], "Run make docs"


@pytest.mark.parametrize(
    ("dependencies", "lines"),
    [([], []), (["a==1"], ["a==1"]), (["a==1", "b==2; os_name != 'nt'"], ["a==1", "b==2; os_name != 'nt'"])],
)
def test_requirements_are_the_dependencies(dependencies: list[str], lines: list[str]) -> None:
    text = documents.requirements(f"[project]\ndependencies = {dependencies}")
    assert text == documents.REQUIREMENTS_HEADER + "".join(f"{line}\n" for line in lines)


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    listed = [*project["dependencies"], *(one for extra in extras for one in extra)]
    assert not [one for one in listed if "==" not in one and not one.startswith("fizzog[")]
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert all("==" in one for one in build)


def test_the_version_is_written_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "fizzog_core.__version__"}
    assert fizzog_core.__version__.count(".") == 2


def test_settings_page_has_a_row_for_each_setting() -> None:
    page = documents.settings_page()
    for name, field in settings.Settings.model_fields.items():
        assert f"| `FIZZOG_{name.upper()}` |" in page
        assert field.description
    assert set(documents.COMPUTED_DEFAULTS) <= set(settings.Settings.model_fields)


@pytest.mark.parametrize(
    ("titles", "rows"),
    [({}, ""), ({"001-a.md": "001: What a is: b"}, "- [001](001-a.md): What a is: b\n")],
)
def test_index_of_the_decisions(titles: dict[str, str], rows: str) -> None:
    assert documents.decisions_index(titles) == documents.DECISIONS_HEADER + rows


def test_every_decision_has_its_number_in_its_title() -> None:
    for path in files("docs/decisions", "[0-9]*.md"):
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:3]}: ")


def test_every_arrow_of_the_architecture_is_an_import() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    arrows = re.findall(r"^    (\w+) --> (\w+)$", text, re.MULTILINE)
    assert len(arrows) > 15
    for importer, imported in arrows:
        names = ("types", "labels", "errors", "settings") if imported == "top" else (imported,)
        line = re.compile(
            rf"^\s*from fizzog_core(\.({'|'.join(names)})[. ]| import .*\b({'|'.join(names)})\b)", re.MULTILINE
        )
        folder = ROOT / importer if importer in ("pages", "training") else ROOT / "fizzog_core" / importer
        sources = [path.read_text(encoding="utf-8") for path in files(folder.relative_to(ROOT).as_posix(), "**/*.py")]
        assert any(line.search(source) for source in sources), f"{importer} does not import {imported}"
