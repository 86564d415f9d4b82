"""Text files are read and written as UTF-8 on every system."""

import ast

import pytest

from tests.support.paths import ROOT

SOURCES = [path for folder in ("fizzog_core", "training", "pages", "scripts") for path in (ROOT / folder).rglob("*.py")]


def without_encoding(source: str) -> list[int]:
    """Lines that call ``read_text`` or ``write_text`` without an encoding."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("read_text", "write_text")
        and "encoding" not in {keyword.arg for keyword in call.keywords}
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [("", []), ("p.read_text()", [1]), ("\np.write_text(t)", [2]), ('p.read_text(encoding="utf-8")', [])],
)
def test_finds_calls_without_an_encoding(source: str, lines: list[int]) -> None:
    assert without_encoding(source) == lines


def test_every_text_file_has_an_encoding() -> None:
    assert len(SOURCES) > 100
    found = {str(path.relative_to(ROOT)): without_encoding(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert not {name: lines for name, lines in found.items() if lines}
