"""Kaggle's letters and the given set's manifest."""

from pathlib import Path

import pandas as pd
import pytest

from fizzog_core.errors import DataError
from fizzog_core.labels import GESTURES
from tests.support.detectors import FakeFinder
from tests.support.gesture_folders import alphabet, manifest
from training.data import prepare_gestures
from training.data.reports import Report


def test_letters_become_gestures_and_blocks(tmp_path: Path) -> None:
    report = Report("gestures")
    data, seen = prepare_gestures.from_letters(alphabet(tmp_path), "blocks", None, FakeFinder(), report)
    labels = pd.Series(data.label)
    for letter, gesture in {
        "A": "punch",
        "F": "super",
        "L": "loser",
        "V": "victory",
        "B": "none",
        "del": "none",
    }.items():
        assert set(data.gesture[labels == letter].tolist()) == {GESTURES.index(gesture)}
    assert data.landmarks_px[0, 0, 0] == 100
    assert set(data.handedness[data.found].tolist()) == {"Left"}
    assert not data.found[labels == "nothing"].any()
    assert data.found[labels != "nothing"].all()
    numbers = pd.Series(data.path).str.extract(r"(\d+)\.png")[0].astype(int)
    spans = [numbers[data.split == name] for name in ("train", "validation", "test")]
    assert spans[0].max() < spans[1].min() - 1
    assert spans[1].max() < spans[2].min() - 1
    assert len(seen.digests) == len(data.path) == len(seen.thumbnails)
    assert any("gaps" in note for note in report.notes)


def test_first_2400_frames_train(tmp_path: Path) -> None:
    root = alphabet(tmp_path, frames=2)
    for label in prepare_gestures.KAGGLE_LABELS:
        (root / label / f"{label}2.png").rename(root / label / f"{label}2401.png")
    data, _ = prepare_gestures.from_letters(root, "first-2400", None, FakeFinder(), Report("gestures"))
    assert data.split.tolist() == ["train", "validation"] * 29


def test_a_limit_spreads_over_the_frames(tmp_path: Path) -> None:
    data, _ = prepare_gestures.from_letters(alphabet(tmp_path), "blocks", 3, FakeFinder(), Report("gestures"))
    assert [Path(path).name for path in data.path[:3].tolist()] == ["A1.png", "A21.png", "A40.png"]
    assert len(data.path) == 87


def test_files_without_a_number_and_broken_ones_are_refused(tmp_path: Path) -> None:
    root, report = alphabet(tmp_path, frames=3), Report("gestures")
    (root / "A" / "thumbs.db").write_text("x")
    (root / "B" / "B1.png").write_text("x")
    prepare_gestures.from_letters(root, "blocks", None, FakeFinder(), report)
    assert [refusal.where for refusal in report.refused] == ["A/thumbs.db", "B/B1.png"]


def test_a_missing_letter_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    with pytest.raises(DataError, match=r"lacks 28 of Kaggle's 29 folders: B, C"):
        prepare_gestures.from_letters(tmp_path, "blocks", None, FakeFinder(), Report("gestures"))


def test_no_picture_at_all_is_an_error(tmp_path: Path) -> None:
    for label in prepare_gestures.KAGGLE_LABELS:
        (tmp_path / label).mkdir()
    with pytest.raises(DataError, match="No picture could be used"):
        prepare_gestures.from_letters(tmp_path, "blocks", None, FakeFinder(), Report("gestures"))


def test_the_manifests_landmarks_and_second_tries_are_taken(tmp_path: Path) -> None:
    report = Report("gestures")
    data, seen = prepare_gestures.from_manifest(manifest(tmp_path), report)
    assert data.found.tolist() == [True, True, False]
    assert data.landmarks_px[0, 0].tolist() == [5, 10, 5]
    assert data.landmarks_px[1, 0].tolist() == [2.5, 5, 2.5]
    assert data.gesture.tolist() == [0, 3, 4]
    assert seen.thumbnails.shape == (3, 48, 48)
    assert report.notes == ["no hand found: punch 0 of 1, victory 0 of 1, none 1 of 1"]


def test_an_unreadable_picture_of_the_manifest_is_left_out(tmp_path: Path) -> None:
    path, report = manifest(tmp_path), Report("gestures")
    (tmp_path / "pictures" / "2.png").unlink()
    data, _ = prepare_gestures.from_manifest(path, report)
    assert data.path.tolist() == ["pictures/1.png", "pictures/3.png"]
    assert [refusal.where for refusal in report.refused] == ["pictures/2.png"]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("gesture", ["A", "B", "none"], r"row 2: 'B' is not a valid gesture"),
        ("split", ["train", "dev", "test"], r"row 2: 'dev' is not a valid split"),
        ("width", ["10", "10", "wide"], r"row 3: 'wide' is not a valid width"),
        ("height", ["0", "10", "10"], r"row 1: '0' is not a valid height"),
        ("signer", ["a", "", "c"], r"row 2: '' is not a valid signer"),
        ("path", ["pictures/1.png", "../../etc/x.png", "pictures/3.png"], r"row 2: .* is not a valid path"),
        ("path", ["pictures/1.png", "pictures/1.png", "pictures/3.png"], r"row 2: .* is not a valid path"),
        ("signer", ["a", "b", "a"], r"signers in more than one split: a"),
    ],
)
def test_a_wrong_manifest_is_an_error(tmp_path: Path, column: str, values: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        prepare_gestures.from_manifest(manifest(tmp_path, **{column: values}), Report("gestures"))


@pytest.mark.parametrize("content", [None, "", "path,source\n", "path,source\na,b\n"])
def test_no_manifest_is_an_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.csv").write_text(content)
    with pytest.raises(DataError, match=r"manifest\.csv"):
        prepare_gestures.from_manifest(tmp_path / "manifest.csv", Report("gestures"))
