"""The README names every package, page and command, and the tests that documents name exist."""

import re
from pathlib import Path

import pytest
import typer.main

from fizzog_core.cli.main import app
from tests.support.paths import ROOT, files

README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDERS = {"benchmarks", "fizzog_core", "pages", "scripts", "tests", "training"}
PACKAGES = sorted(
    {
        path.parent.relative_to(ROOT / root).as_posix()
        for root in ("fizzog_core", "training")
        for path in files(root, "**/*.py")
        if path.parent != ROOT / root
    }
)
PAGES = [path.stem for path in files("pages", "*.py") if path.stem != "__init__"]


def test_every_folder_with_python_files_is_known() -> None:
    visible = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
    assert {folder.name for folder in visible if any(folder.rglob("*.py"))} == FOLDERS
    assert [folder for folder in FOLDERS if f"{folder}/" not in README and f"`{folder}`" not in README] == ["scripts"]


@pytest.mark.parametrize("package", PACKAGES)
def test_names_every_package(package: str) -> None:
    """A package in a package has a name with a slash, which the README does not contain: the test then fails."""
    assert f"`{package}/`" in README


@pytest.mark.parametrize("page", PAGES)
def test_names_every_page(page: str) -> None:
    assert f"`pages/{page}.py`" in README


def test_names_every_command() -> None:
    commands = typer.main.get_group(app).commands
    assert commands
    assert [name for name in commands if f"python -m fizzog_core {name}" not in README] == []


@pytest.mark.parametrize("command", ["make run", "make test", "streamlit run streamlit_app.py"])
def test_names_the_commands_that_start_and_test_the_site(command: str) -> None:
    assert command in README


def test_each_decision_has_its_own_number() -> None:
    numbers = [path.name[:3] for path in files("docs/decisions", "[0-9]*.md")]
    assert all(number.isdecimal() for number in numbers)
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("folder", sorted({path.parent for path in files("tests/unit", "**/test_*.py")}), ids=str)
def test_unit_tests_lie_where_their_modules_do(folder: Path) -> None:
    mirrored = folder.relative_to(ROOT / "tests" / "unit").as_posix()
    assert mirrored == "project" or (ROOT / mirrored).is_dir() or (ROOT / "pages" / "ui" / folder.name).is_dir()


TEST, OPERATORS = re.compile(r"def (test_\w+)"), ("and", "not", "or")
CHECKS = [
    (path.relative_to(ROOT).as_posix(), check)
    for path in (*files("docs", "**/*.md"), ROOT / "CONTRIBUTING.md")
    for check in re.findall(r"`(pytest [^`]*)`", " ".join(path.read_text(encoding="utf-8").split()))
]


@pytest.mark.parametrize(("document", "check"), CHECKS)
def test_the_tests_that_a_document_names_exist(document: str, check: str) -> None:
    named = [ROOT / path.partition("::")[0] for path in re.findall(r"tests/\S+", check)]
    assert [path for path in named if not path.exists()] == []
    modules = [path for place in named or [ROOT / "tests"] for path in (place, *place.rglob("*.py")) if path.is_file()]
    names = "\n".join(name for path in modules for name in (path.stem, *TEST.findall(path.read_text(encoding="utf-8"))))
    chosen = re.findall(r'-k ("[^"]*"|\S+)', check)
    assert [word for word in re.findall(r"\w+", " ".join(chosen)) if word not in OPERATORS and word not in names] == []


NAMED = [
    (path.relative_to(ROOT).as_posix(), name)
    for path in files("docs", "*.md")
    for name in re.findall(r"`(tests/\S+\.py\S*)`", path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("document", "name"), NAMED)
def test_a_test_that_a_table_names_exists(document: str, name: str) -> None:
    file, _, function = name.partition("::")
    assert (ROOT / file).is_file()
    assert not function or f"def {function}(" in (ROOT / file).read_text(encoding="utf-8")
