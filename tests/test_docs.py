"""The README names everything a reader can meet, and its figures are those of the cards."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CORE = sorted(path.stem for path in (ROOT / "fizzog_core").glob("*.py") if not path.stem.startswith("__"))
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if not path.stem.startswith("__"))


def cli_commands() -> list[str]:
    if not (ROOT / "fizzog_core" / "cli.py").is_file():
        return []
    import typer.main

    from fizzog_core.cli import app

    command = typer.main.get_command(app)
    return sorted(getattr(command, "commands", {}))


@pytest.mark.parametrize("module", CORE)
def test_names_every_core_module(module: str) -> None:
    assert f"`{module}`" in README


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
    numbers = [path.name[:3] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert all(number.isdecimal() for number in numbers)
    assert len(set(numbers)) == len(numbers)
