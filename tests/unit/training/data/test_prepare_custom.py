"""The user's own pictures."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS, GESTURES
from fizzog_core.networks.model_card import CropGeometry
from fizzog_core.types import Box, Detection, Frame
from training.data import prepare_custom
from training.data.reports import Report


class FakeFinder:
    """Sees a face, and a hand, in one place of any picture that is not black."""

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        return (Detection("face", Box(40, 20, 80, 60), 0.9),) if frame.any() else ()

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        points = np.ones((21, 3), dtype=np.float32)
        return (Detection("hand", Box(40, 20, 80, 60), 0.9, points, "left"),) if frame.any() else ()


def save(path: Path, inside: int = 200, outside: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((80, 120, 3), outside, dtype=np.uint8)
    pixels[20:60, 40:80] = inside
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize(
    ("labels", "task"),
    [(["happy", "Sad"], "emotion"), (["punch", "none"], "gesture"), (["A", "v", "nothing", "victory"], "gesture")],
)
def test_the_folders_names_tell_the_task(labels: list[str], task: str) -> None:
    assert prepare_custom.task_of(labels) == task


@pytest.mark.parametrize("labels", [["happy", "A"], ["cats"], ["happy", "cats"]])
def test_other_names_are_an_error(labels: list[str]) -> None:
    with pytest.raises(DataError, match=r"Expected emotions only .* or hands only"):
        prepare_custom.task_of(labels)


@pytest.mark.parametrize(
    ("label", "gesture"),
    [("V", "victory"), ("v", "victory"), ("Victory", "victory"), ("B", "none"), ("space", "none"), ("cat", None)],
)
def test_letters_and_gestures_are_understood(label: str, gesture: str | None) -> None:
    assert prepare_custom.gesture_of(label) == gesture


def test_faces_are_cut_grey_at_48_px(tmp_path: Path) -> None:
    save(tmp_path / "happy" / "1.png")
    save(tmp_path / "Neutral" / "2.png", inside=90)
    report = Report("custom")
    data, seen = prepare_custom.faces(tmp_path, FakeFinder(), CropGeometry(margin=0.0), report)
    assert data.pixels.shape == (2, 48, 48)
    assert data.pixels.dtype == np.uint8
    by_label = dict(zip(data.emotion.tolist(), data.pixels, strict=True))
    assert (by_label[EMOTIONS.index("happy")][1:-1, 1:-1] == 200).all()
    assert (by_label[EMOTIONS.index("neutral")][1:-1, 1:-1] == 90).all()
    assert data.usage.tolist() == [0, 0]
    assert data.votes is None
    assert len(seen.digests) == 2
    assert list(report.inputs) == [tmp_path.name]


def test_the_margin_of_the_card_is_kept(tmp_path: Path) -> None:
    save(tmp_path / "happy" / "1.png")
    data, _ = prepare_custom.faces(tmp_path, FakeFinder(), CropGeometry(margin=0.25), Report("custom"))
    assert data.pixels[0, 24, 24] == 200
    assert data.pixels[0, 2, 2] == 10


@pytest.mark.parametrize("task", ["face", "hand"])
def test_pictures_without_one_and_broken_ones_are_reported(tmp_path: Path, task: str) -> None:
    label = "sad" if task == "face" else "V"
    save(tmp_path / label / "1.png")
    save(tmp_path / label / "2.png", inside=0, outside=0)
    (tmp_path / label / "3.png").write_text("x")
    report = Report("custom")
    if task == "face":
        data, _ = prepare_custom.faces(tmp_path, FakeFinder(), CropGeometry(margin=0.1), report)
        assert len(data.pixels) == 1
    else:
        data, _ = prepare_custom.hands(tmp_path, FakeFinder(), report)
        assert data.found.tolist() == [True]
    assert [refusal.where for refusal in report.refused] == [f"{label}/2.png", f"{label}/3.png"]
    assert report.refused[0].reason == f"no {task} was found"


def test_hands_are_for_training(tmp_path: Path) -> None:
    save(tmp_path / "victory" / "1.png")
    save(tmp_path / "B" / "1.png")
    data, _ = prepare_custom.hands(tmp_path, FakeFinder(), Report("custom"))
    assert {data.label[i]: GESTURES[data.gesture[i]] for i in range(2)} == {"victory": "victory", "B": "none"}
    assert set(data.split.tolist()) == {"train"}
    assert data.landmarks_px.shape == (2, 21, 3)


def test_no_face_at_all_is_an_error(tmp_path: Path) -> None:
    save(tmp_path / "sad" / "1.png", inside=0, outside=0)
    with pytest.raises(DataError, match="No face was found in any picture"):
        prepare_custom.faces(tmp_path, FakeFinder(), CropGeometry(margin=0.1), Report("custom"))
