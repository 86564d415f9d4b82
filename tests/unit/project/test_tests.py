"""Rules for tests and benchmarks: what they share lies in tests/support and benchmarks."""

import ast
from pathlib import Path

import pytest

from tests.support.imports import imported_modules
from tests.support.paths import ROOT, files

TESTS = files("tests", "**/*.py")
OTHERS = [path for root in ("benchmarks", "fizzog_core", "pages", "training") for path in files(root, "**/*.py")]


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_a_pattern_without_files_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"no file matches tests/\*\.nothing"):
        files("tests", "*.nothing")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", set()),
        ("import a.b, c", {"a.b", "c"}),
        ("from a import b", {"a", "a.b"}),
        ("def f():\n    from a.b import c", {"a.b", "a.b.c"}),
        ("from . import c", set()),
    ],
)
def test_finds_every_import(source: str, expected: set[str]) -> None:
    assert imported_modules(ast.parse(source)) == expected


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_imports_a_test_module(path: Path) -> None:
    """Pytest imports a test module under its own name: a second import would run its fixtures and tests twice."""
    parts = {
        part for module in imported_modules(tree_of(path)) if module.startswith("tests") for part in module.split(".")
    }
    assert not [part for part in parts if part.startswith("test_") or part == "conftest"]


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_but_tests_imports_tests(path: Path) -> None:
    assert not [module for module in imported_modules(tree_of(path)) if module.partition(".")[0] == "tests"]


def test_one_function_waits_for_a_condition() -> None:
    definitions = [
        path.relative_to(ROOT).as_posix()
        for path in [*TESTS, *OTHERS]
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and node.name == "wait_for"
    ]
    assert definitions == ["benchmarks/waiting.py"]
