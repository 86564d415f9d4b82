"""Importing a module does no heavy work: the slow libraries are imported inside the function that needs them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.imports import imports_at_module_level
from tests.support.paths import ROOT

CORE = sorted((ROOT / "fizzog_core").rglob("*.py"))
SLOW = {"keras", "tensorflow", "mediapipe", "gtts", "ray"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", set()),
        ("import keras.ops", {"keras"}),
        ("from mediapipe import tasks", {"mediapipe"}),
        ("class A:\n    import gtts", {"gtts"}),
        ("def f():\n    import keras", set()),
        ("if TYPE_CHECKING:\n    import keras", set()),
        ("try:\n    import keras\nexcept ImportError:\n    import numpy", {"keras", "numpy"}),
    ],
)
def test_finds_imports_that_run(source: str, expected: set[str]) -> None:
    assert imports_at_module_level(ast.parse(source)) == expected


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_slow_import_at_module_level(path: Path) -> None:
    slow = imports_at_module_level(ast.parse(path.read_text(encoding="utf-8"))) & SLOW
    assert not slow, f"import {sorted(slow)} inside the function that needs it"


@pytest.mark.parametrize(("library", "home"), [("keras", "networks/loading.py"), ("mediapipe", None)])
def test_one_module_knows_the_library(library: str, home: str | None) -> None:
    users = [
        path.relative_to(ROOT / "fizzog_core").as_posix()
        for path in CORE
        if f"import {library}" in path.read_text(encoding="utf-8")
    ]
    assert set(users) <= {home}


def test_importing_the_core_loads_nothing_slow() -> None:
    modules = [path.relative_to(ROOT).with_suffix("") for path in CORE if not path.stem.startswith("__")]
    names = [".".join(module.parts) for module in modules]
    program = f"import sys, {', '.join(names)}; print(sorted({SLOW!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_live_video_loads_after_the_networks() -> None:
    program = "import tensorflow, pylibsrtp; print('both')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "both")
