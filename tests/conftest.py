"""Fixtures for all tests: data folders, synthetic frames, tiny random networks with cards, settings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pylibsrtp  # noqa: F401  # before TensorFlow, which from 2.20 on makes a later import end the process
import pytest

from fizzog_core import settings
from fizzog_core.labels import TASKS
from fizzog_core.networks import loading
from fizzog_core.networks.predictor import Networks
from fizzog_core.types import Frame
from fizzog_core.vision.detector import Detector
from tests.support.fakes import make_card, publish_tiny
from tests.support.paths import ROOT, SHARED_CASES, SHARED_DATA


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the data sets. Tests that need it are skipped if the folder is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """Users' files that failed once. Tests that need them are skipped if the folder is missing."""
    if not SHARED_CASES.is_dir():
        pytest.skip("needs ../shared/cases")
    return SHARED_CASES


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Names parameters of type bytes by their argument.

    A zip file contains its time of creation: its bytes differ between two processes, and so would the test's name.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores ``__main__`` after each test: Streamlit replaces it by its page, and a spawned process would run it."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def frame(rng: np.random.Generator) -> Frame:
    """A frame ``(240, 320, 3)`` of smooth colours with some noise."""
    y, x = np.mgrid[0:240, 0:320]
    smooth = np.stack([x / 320 * 255, y / 240 * 255, (x + y) / 560 * 255], axis=2)
    return (smooth + rng.normal(0, 8, smooth.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def astronaut() -> Frame:
    """The sample picture of the repository: one face and no hand with a gesture."""
    from fizzog_core.media import images

    return images.read(ROOT / "samples" / "astronaut.png")


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a tiny random network for each task."""
    folder = tmp_path_factory.mktemp("models")
    for task in TASKS:
        publish_tiny(folder / task, make_card(task))
    return folder


@pytest.fixture(scope="session")
def tiny_networks(tiny_models: Path) -> Networks:
    return loading.load_all(tiny_models)


@pytest.fixture(scope="session")
def picture_detector() -> Iterator[Detector]:
    """A detector in image mode, opened once for all tests."""
    with Detector("image") as detector:
        yield detector


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Records the calls of the component that plays a reply's sound; AppTest has no components."""
    calls: list[dict[str, object]] = []
    monkeypatch.setattr("pages.ui.sound.player", lambda key, data: calls.append({"key": key} | data))
    return calls


@pytest.fixture
def set_fizzog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``set_fizzog(models=folder)`` sets FIZZOG_MODELS for one test and reads the settings again."""

    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"FIZZOG_{name.upper()}", str(value))
        settings.get.cache_clear()

    yield change
    monkeypatch.undo()
    settings.get.cache_clear()
