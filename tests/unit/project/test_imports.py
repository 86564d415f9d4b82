"""Importing a module does no heavy work: the slow libraries are imported inside the function that needs them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.imports import imports_at_module_level
from tests.support.paths import ROOT, files
from tests.support.videos import write_video

PAGES = files("pages", "[a-z]*.py")
SAMPLE = ROOT / "samples" / "astronaut.png"
SERVICE = """
from starlette.testclient import TestClient
from fizzog_core import settings
from fizzog_core.networks import loading
from fizzog_core.service.app import create
from fizzog_core.service.limits import Limits

with TestClient(create(lambda: loading.load_all(settings.get().models), limits=Limits())) as client:
    with open(PICTURE, "rb") as file:
        assert client.post("/v1/analyze", content=file.read()).status_code == 200
"""
CORE = files("fizzog_core", "**/*.py")
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


def test_the_core_uses_none_of_the_training_libraries() -> None:
    for path in CORE:
        source = path.read_text(encoding="utf-8")
        assert not [name for name in ("keras", "tensorflow", "mediapipe") if f"import {name}" in source], path


@pytest.mark.slow
def test_importing_the_core_loads_nothing_slow() -> None:
    modules = [path.relative_to(ROOT).with_suffix("") for path in CORE if not path.stem.startswith("__")]
    names = [".".join(module.parts) for module in modules]
    program = f"import sys, {', '.join(names)}; print(sorted({SLOW!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ENTRY_POINTS = {
    "analyze": "app(['analyze', PICTURE], standalone_mode=False)",
    "analyze --out": "app(['analyze', PICTURE, '--out', FOLDER + '/out.parquet'], standalone_mode=False)",
    "video": "app(['video', CLIP, '--out', FOLDER + '/out.mp4'], standalone_mode=False)",
    "service": SERVICE,
    **{f"page {path.stem}": f"AppTest.from_file({str(path)!r}, default_timeout=60).run()" for path in PAGES},
    "page with results": "from pages.ui import loaders; loaders.sample(); loaders.networks()",
}


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_no_entry_point_imports_tensorflow(name: str, tmp_path: Path) -> None:
    """It takes seconds and 600 MB, and a later release of it ends the process when aiortc is imported after it."""
    clip = write_video(tmp_path / "clip.mp4", 3)
    program = f"PICTURE, CLIP, FOLDER = {str(SAMPLE)!r}, {str(clip)!r}, {str(tmp_path)!r}\n"
    program += "import sys\nfrom fizzog_core.cli.main import app\n"
    program += "from streamlit.testing.v1 import AppTest\n" if name.startswith("page") else ""
    program += f"{ENTRY_POINTS[name]}\nprint(sorted({SLOW!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "[]"
