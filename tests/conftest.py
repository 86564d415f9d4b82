"""What several test files share: synthetic frames, tiny random networks with cards, and a detector that is told."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from fizzog_core import cards, models, settings
from fizzog_core.cards import Metric, ModelCard
from fizzog_core.detectors import Detector
from fizzog_core.models import Networks
from fizzog_core.types import EMOTIONS, GESTURES, KEYPOINT_NAMES, Box, Detection, Frame

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The given data sets; tests that need them are skipped where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data")
    return SHARED_DATA


@contextmanager
def full_disk(room: int = 1000) -> Iterator[None]:
    """No file of this process may grow past ``room`` bytes: what a full disk does, for root as well."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A file's bytes are no name for a test: a zip made while collecting says when, and two processes disagree."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit puts its page in ``__main__``'s place; a process that is spawned later would begin with that page."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def frame(rng: np.random.Generator) -> Frame:
    """Smooth colours with some noise, 240 high and 320 wide."""
    y, x = np.mgrid[0:240, 0:320]
    smooth = np.stack([x / 320 * 255, y / 240 * 255, (x + y) / 560 * 255], axis=2)
    return (smooth + rng.normal(0, 8, smooth.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def astronaut() -> Frame:
    """The shipped sample: one face, no bare hand that shows a gesture."""
    from fizzog_core import images

    return images.read(ROOT / "samples" / "astronaut.png")


def make_card(task: str = "emotion", **changes: object) -> ModelCard:
    """A complete card for a tiny network of ``task``."""
    labels = {"emotion": EMOTIONS, "keypoints": KEYPOINT_NAMES, "gesture": GESTURES}[task]
    fields: dict[str, object] = {
        "task": task,
        "name": f"tiny {task}",
        "input": "landmarks" if task == "gesture" else "pixels",
        "input_size": {"emotion": 48, "keypoints": 96, "gesture": 21}[task],
        "channels": 3 if task == "gesture" else 1,
        "labels": labels,
        "crop_margin": 0.1,
        "crop_shift_down": -0.05,
        "not_sure_below": 0.0,
        "parameters": 1,
        "multiply_adds": 1,
        "dataset": "random numbers",
        "split_sizes": {"train": 8, "test": 2},
        "config": {"epochs": 1},
        "seed": 0,
        "metrics": {"accuracy": Metric(0.5, 0.4, 0.6, 100, "test")},
        "limits": ("made for tests",),
        "licence": "MIT",
    }
    return ModelCard(**(fields | changes))  # type: ignore[arg-type]


def publish_tiny(folder: Path, card: ModelCard) -> ModelCard:
    """Save a random network of the card's shapes beside its card; gives the card with the checksum."""
    import keras

    keras.utils.set_random_seed(1)
    pixels = card.input == "pixels"
    shape = (card.input_size, card.input_size, card.channels) if pixels else (card.input_size, 3)
    inputs = keras.Input(shape)
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(12)(x) if pixels else x)
    points = card.task == "keypoints"
    outputs = keras.layers.Dense(30 if points else len(card.labels), "sigmoid" if points else "softmax")(x)
    folder.mkdir(parents=True, exist_ok=True)
    keras.Model(inputs, outputs).save(folder / cards.NETWORK_FILE)
    card = make_card(**(_fields(card) | {"sha256": cards.checksum(folder / cards.NETWORK_FILE)}))
    cards.save(card, folder)
    return card


def _fields(card: ModelCard) -> dict[str, object]:
    return {name: getattr(card, name) for name in ModelCard.__dataclass_fields__}


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with a tiny random network for each task."""
    folder = tmp_path_factory.mktemp("models")
    for task in ("keypoints", "emotion", "gesture"):
        publish_tiny(folder / task, make_card(task))
    return folder


@pytest.fixture(scope="session")
def tiny_networks(tiny_models: Path) -> Networks:
    return models.load_all(tiny_models)


@pytest.fixture(scope="session")
def picture_detector() -> Iterator[Detector]:
    """MediaPipe in picture mode, opened once for all tests."""
    with Detector("picture") as detector:
        yield detector


def make_face(x: float = 100, y: float = 60, side: float = 80, score: float = 0.9) -> Detection:
    """A face whose box has its upper left corner at (x, y), eyes level."""
    places = np.array([(0.3, 0.35), (0.7, 0.35), (0.5, 0.6), (0.5, 0.75), (0.05, 0.45), (0.95, 0.45)])
    landmarks = (places * side + (x, y)).astype(np.float32)
    return Detection("face", Box(x, y, x + side, y + side), score, landmarks)


def make_hand(x: float = 200, y: float = 120, side: float = 60, score: float = 0.8) -> Detection:
    """A right hand with 21 landmarks spread over its box."""
    places = np.random.default_rng(3).random((21, 3)) * (1, 1, 0.2)
    landmarks = (places * side + (x, y, 0)).astype(np.float32)
    return Detection("hand", Box(x, y, x + side, y + side), score, landmarks, "right")


class FakeDetector:
    """Finds the faces and hands that it was made with, and counts how often it was asked."""

    def __init__(self, faces: tuple[Detection, ...] = (), hands: tuple[Detection, ...] = ()) -> None:
        self.faces, self.hands = faces, hands
        self.asked_for_faces = self.asked_for_hands = 0

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        self.asked_for_faces += 1
        return self.faces

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        self.asked_for_hands += 1
        return self.hands

    def close(self) -> None:
        pass


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What pages in process give to the component that plays a reply's sound, which AppTest does not have."""
    calls: list[dict[str, object]] = []
    monkeypatch.setattr("pages.ui.sound._component", lambda key, data: calls.append({"key": key} | data))
    return calls


@pytest.fixture
def set_fizzog(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``set_fizzog(models=folder)`` sets FIZZOG_MODELS for one test; the settings are read anew."""

    def change(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"FIZZOG_{name.upper()}", str(value))
        settings.get.cache_clear()

    yield change
    monkeypatch.undo()
    settings.get.cache_clear()
