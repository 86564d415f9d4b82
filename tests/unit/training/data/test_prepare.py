"""The prepare commands from file to file, and the given sets."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from fizzog_core import settings
from fizzog_core.errors import DataError, ModelError
from fizzog_core.labels import EMOTIONS, KEYPOINT_NAMES
from tests.support.detectors import FakeFinder
from tests.support.expression_folder import written
from tests.support.gesture_folders import alphabet, manifest
from tests.support.paths import SHARED_DATA
from tests.support.scenes import scenes
from training import __main__
from training.data import prepare, splits
from training.data.csv_readers import KEYPOINT_COLUMNS
from training.data.expressions import load_expressions
from training.data.sets import USAGES, load_emotion, load_gestures, load_keypoints

GIVEN = SHARED_DATA


@pytest.fixture
def given() -> Path:
    """The folder of the given sets, where there is one."""
    if not GIVEN.is_dir():
        pytest.skip("no ../shared/data on this machine")
    return GIVEN


def run(*arguments: object) -> Result:
    return CliRunner().invoke(prepare.app, [str(argument) for argument in arguments])


def write_csv(path: Path, header: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def fer2013_csv(path: Path, count: int = 9) -> Path:
    """Scenes in turn of each usage; the fourth is a copy of the first but in another usage, the last is bad."""
    pictures = scenes(count)
    pictures[4] = pictures[0]
    rows = [[n % 7, " ".join(map(str, picture.ravel())), USAGES[n % 3]] for n, picture in enumerate(pictures)]
    return write_csv(path, ["emotion", "pixels", "Usage"], [*rows, [9, rows[0][1], "Training"]])


def keypoints_csv(path: Path, count: int = 30) -> Path:
    """Scenes at 96 px, each twice, the second time darker; one pair of cells is empty."""
    pictures = scenes(count)
    rows: list[list[object]] = []
    for picture in pictures:
        for variant in (picture, (picture * 0.7).astype(np.uint8)):
            large = np.asarray(Image.fromarray(variant).resize((96, 96)))
            rows.append([*[f"{n}.5" for n in range(30)], " ".join(map(str, large.ravel()))])
    rows[0][20] = rows[0][21] = ""
    return write_csv(path, [*KEYPOINT_COLUMNS, "Image"], rows)


def test_fer2013_from_csv_to_file_and_folders(tmp_path: Path) -> None:
    out, folders = tmp_path / "emotion.npz", tmp_path / "folders"
    source = fer2013_csv(tmp_path / "fer2013.csv")
    result = run("fer2013", "--csv", source, "--partial", "--folders", folders, "--out", out)
    assert result.exit_code == 0, result.output
    data = load_emotion(out)
    assert np.array_equal(data.pixels[1:4], scenes(9)[1:4])
    assert data.emotion.tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1]
    assert "row 10: expected an emotion from 0 to 6, got '9'" in result.output
    assert "PublicTest in Training: 1 exact, 0 near" in result.output
    report = json.loads((tmp_path / "emotion.report.json").read_text())
    assert report["kept"] == {"Training": 3, "PublicTest": 3, "PrivateTest": 3}
    assert report["duplicates"]["exact_rows"] == [[4, 0]]
    assert len(report["inputs"]["fer2013.csv"]) == 64
    assert {p.name for p in (folders / "train").iterdir()} == set(EMOTIONS)
    assert len(list((folders / "train").glob("*/*.png"))) == 3
    assert len(list((folders / "validation").glob("*/*.png"))) == 6
    stored = np.asarray(Image.open(folders / "validation" / "fear" / "00003.png"))
    assert np.array_equal(stored, data.pixels[2])


def test_a_part_of_fer2013_is_an_error_with_a_report(tmp_path: Path) -> None:
    result = run("fer2013", "--csv", fer2013_csv(tmp_path / "f.csv"), "--out", tmp_path / "emotion.npz")
    assert isinstance(result.exception, DataError)
    assert "Training 3 (expected 28,709)" in str(result.exception)
    assert "row 10" in (tmp_path / "emotion.report.txt").read_text()
    assert not (tmp_path / "emotion.npz").exists()


def test_near_duplicates_of_a_csv_are_one_subject(tmp_path: Path) -> None:
    out = tmp_path / "keypoints.npz"
    result = run("keypoints", "--csv", keypoints_csv(tmp_path / "training.csv"), "--out", out)
    assert result.exit_code == 0, result.output
    data = load_keypoints(out)
    assert data.subject.tolist() == [f"row {n - n % 2 + 1}" for n in range(60)]
    assert splits.straddling(data.subject, data.split) == []
    assert set(data.split.tolist()) == {"train", "validation", "test"}
    assert np.isnan(data.keypoints_px[0, KEYPOINT_NAMES.index("nose_tip")]).all()
    assert np.isfinite(data.keypoints_px[1:]).all()
    assert "points not annotated: 1 of 900" in result.output
    assert "validation in train: 0 exact, 0 near" in result.output


def test_another_seed_splits_otherwise(tmp_path: Path) -> None:
    source, split = keypoints_csv(tmp_path / "training.csv"), []
    for seed in (1, 2):
        run("keypoints", "--csv", source, "--seed", seed, "--out", tmp_path / f"{seed}.npz")
        split.append(load_keypoints(tmp_path / f"{seed}.npz").split)
    assert not np.array_equal(*split)


def given_faces(root: Path, subjects: list[str]) -> Path:
    """A folder of the given set's form with one face for each subject, each in another split."""
    (root / "faces").mkdir(parents=True)
    names = [f"faces/{n}.png" for n in range(len(subjects))]
    for name, picture in zip(names, scenes(len(subjects)), strict=True):
        Image.fromarray(picture).resize((128, 128)).save(root / name)
    split = [("train", "validation", "test")[n % 3] for n in range(len(subjects))]
    np.savez(root / "labels.npz", path=names, keypoints_px=np.ones((len(names), 15, 2), np.float32), subject=subjects,
             source=["s"] * len(names), split=split, names=KEYPOINT_NAMES)  # fmt: skip
    return root


def test_the_given_faces_keep_their_split(tmp_path: Path) -> None:
    folder = given_faces(tmp_path / "keypoints", ["a", "b", "c"])
    result = run("keypoints", "--folder", folder, "--out", tmp_path / "k.npz")
    assert result.exit_code == 0, result.output
    data = load_keypoints(tmp_path / "k.npz")
    assert data.rim == 16
    assert data.split.tolist() == ["train", "validation", "test"]


def test_a_subject_in_two_splits_is_an_error(tmp_path: Path) -> None:
    folder = given_faces(tmp_path / "keypoints", ["a", "b", "a"])
    result = run("keypoints", "--folder", folder, "--out", tmp_path / "k.npz")
    assert isinstance(result.exception, DataError)
    assert "subjects in more than one split: a" in str(result.exception)


def test_a_broken_given_face_is_an_error(tmp_path: Path) -> None:
    folder = given_faces(tmp_path / "keypoints", ["a", "b", "c"])
    (folder / "faces" / "1.png").write_text("x")
    result = run("keypoints", "--folder", folder, "--out", tmp_path / "k.npz")
    assert isinstance(result.exception, DataError)
    assert "faces/1.png" in str(result.exception)


def test_gestures_from_folders_and_from_a_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fizzog_core.vision.detector.Detector", FakeFinder)
    out = tmp_path / "gestures.npz"
    result = run("gestures", "--folder", alphabet(tmp_path, 8), "--limit", 4, "--out", out)
    assert result.exit_code == 0, result.output
    assert len(load_gestures(out).path) <= 29 * 4
    result = run("gestures", "--manifest", manifest(tmp_path), "--out", out)
    assert result.exit_code == 0, result.output
    assert load_gestures(out).signer.tolist() == ["a", "b", "c"]


def test_expressions_keep_their_split_and_are_counted_by_source(tmp_path: Path) -> None:
    faces = written(tmp_path)
    out = tmp_path / "expressions.npz"
    assert run("expressions", "--folder", tmp_path, "--out", out).exit_code == 0
    data = load_expressions(out)
    np.testing.assert_array_equal(data.crops, faces)
    report = json.loads(out.with_suffix(".report.json").read_text())
    assert report["kept"] == {"train": 14, "validation": 13, "test": 13}
    assert report["notes"] == ["first: 20 faces", "second: 20 faces"]


def test_a_person_of_a_source_in_two_splits_is_an_error(tmp_path: Path) -> None:
    written(tmp_path, subjects=["anna"] * 40)
    result = run("expressions", "--folder", tmp_path, "--out", tmp_path / "expressions.npz")
    assert isinstance(result.exception, DataError)
    assert "first/anna" in str(result.exception)


def test_custom_hands_are_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fizzog_core.vision.detector.Detector", FakeFinder)
    (tmp_path / "mine" / "V").mkdir(parents=True)
    Image.new("RGB", (9, 9), "white").save(tmp_path / "mine" / "V" / "1.png")
    result = run("custom", "--folder", tmp_path / "mine", "--out", tmp_path / "custom.npz")
    assert result.exit_code == 0, result.output
    assert load_gestures(tmp_path / "custom.npz").label.tolist() == ["V"]


def test_custom_faces_need_the_emotion_networks_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fizzog_core.vision.detector.Detector", FakeFinder)
    monkeypatch.setattr(settings, "get", lambda: settings.Settings(models=tmp_path / "none"))
    (tmp_path / "mine" / "happy").mkdir(parents=True)
    result = run("custom", "--folder", tmp_path / "mine", "--out", tmp_path / "custom.npz")
    assert isinstance(result.exception, ModelError)


@pytest.mark.parametrize("command", ["keypoints", "gestures"])
def test_one_source_has_to_be_named(command: str) -> None:
    result = run(command)
    assert isinstance(result.exception, DataError)
    assert "Give one of them" in str(result.exception)


def test_the_command_line_says_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["training", "prepare", "fer2013", "--csv", str(tmp_path / "no.csv"), "--out", str(tmp_path / "e.npz")]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as stopped:
        __main__.main()
    assert str(stopped.value).startswith("Cannot prepare: ")
    assert "Traceback" not in capsys.readouterr().err


def test_no_given_subject_is_in_two_splits(given: Path) -> None:
    with np.load(given / "keypoints" / "labels.npz") as labels:
        assert len(np.unique(labels["subject"])) > 5000
        assert splits.straddling(labels["subject"], labels["split"]) == []


def test_no_given_signer_is_in_two_splits(given: Path) -> None:
    data = load_gestures(given / "gestures")
    assert len(np.unique(data.signer)) == 245
    assert splits.straddling(data.signer, data.split) == []


def test_fer2013_as_given_has_the_published_counts(given: Path) -> None:
    with np.load(given / "fer2013" / "labels.npz") as labels:
        assert np.bincount(labels["usage"]).tolist() == [28709, 3589, 3589]
