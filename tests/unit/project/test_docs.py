"""The README names everything a reader can meet, and its figures are those of the cards."""

import pytest

from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = sorted(
    f"{folder.name}/"
    for root in ("fizzog_core", "training")
    for folder in (ROOT / root).iterdir()
    if any(folder.rglob("*.py"))
)
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if not path.stem.startswith("__"))


def cli_commands() -> list[str]:
    import typer.main

    from fizzog_core.cli.main import app

    command = typer.main.get_command(app)
    return sorted(getattr(command, "commands", {}))


@pytest.mark.parametrize("package", PACKAGES)
def test_names_every_package(package: str) -> None:
    assert f"`{package}`" in README


@pytest.mark.parametrize("page", PAGES)
def test_names_every_page(page: str) -> None:
    assert f"`pages/{page}.py`" in README


def test_names_every_command() -> None:
    missing = [name for name in cli_commands() if f"python -m fizzog_core {name}" not in README]
    assert not missing


@pytest.mark.parametrize("target", ["make run", "make test", "streamlit run streamlit_app.py"])
def test_names_the_ways_to_start(target: str) -> None:
    assert target in README


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:3] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert all(number.isdecimal() for number in numbers)
    assert len(set(numbers)) == len(numbers)
