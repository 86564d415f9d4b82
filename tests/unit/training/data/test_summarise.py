"""The derived figures are those of the raw data, computed here a second time without the code that wrote them."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from fizzog_core import settings
from fizzog_core.datasets import summaries
from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS, KEYPOINT_NAMES
from fizzog_core.networks.model_card import CropGeometry
from tests.support import tiny_data
from training.data import summarise, summarise_gestures
from training.data.sets import USAGES, EmotionData, load_emotion


def stored(name: str, table: str) -> pd.DataFrame:
    return summaries.load_table(settings.ROOT / "datasets" / name, table)


@pytest.fixture(scope="module")
def faces(shared_data: Path) -> EmotionData:
    return load_emotion(shared_data / "fer2013")


def test_a_tiny_fer2013(tmp_path: Path) -> None:
    data = tiny_data.emotion_data()
    data.pixels[20] = data.pixels[3]
    tables, figures = summarise.fer2013(data)
    assert set(tables) == set(summaries.COLUMNS["fer2013"]) - {"embedding"}
    assert figures["exact_duplicates"] == 1
    exact = tables["duplicates"].query("kind == 'exact'").iloc[0]
    assert (exact["row"], exact["other"], exact["split"], exact["other_split"]) == (20, 3, "PrivateTest", "Training")
    (tmp_path / "raw").mkdir()
    card = summarise.write("fer2013", tables, figures, tmp_path / "raw", tmp_path / "fer2013")
    assert summaries.load_card(tmp_path / "fer2013") == card
    for table, columns in summaries.COLUMNS["fer2013"].items():
        if table != "embedding":
            assert set(columns) <= set(summaries.load_table(tmp_path / "fer2013", table).columns)


def test_fer2013_without_votes_is_refused() -> None:
    with pytest.raises(DataError, match="no FER\\+ votes"):
        summarise.fer2013(replace(tiny_data.emotion_data(), votes=None))


def test_tiny_keypoints() -> None:
    tables, _ = summarise.keypoints(tiny_data.keypoint_data())
    assert set(tables) == set(summaries.COLUMNS["keypoints"])
    assert tables["rows"]["missing"].tolist() == [4 if row % 6 == 0 else 0 for row in range(24)]
    assert tables["rows"]["subject"].nunique() == 12
    assert tables["means"].empty, "a mean of 24 pictures is too close to a single one"


def test_tiny_expressions() -> None:
    data = tiny_data.expression_data()
    data.subject[:4] = ""
    tables, figures = summarise.expressions(data, CropGeometry(margin=0.1, shift_down=-0.05, aligned=True))
    assert set(tables) == set(summaries.COLUMNS["expressions"])
    assert tables["rows"]["subject"].tolist()[:4] == [-1] * 4
    assert tables["rows"].loc[4:, "subject"].nunique() == 64, "a person of two sources is two persons"
    assert tables["rows"]["label"].tolist() == [EMOTIONS[i] for i in data.emotion]
    assert tables["means"]["label"].tolist() == ["all"], "a mean of 18 pictures is too close to a single one"
    assert figures["exact_duplicates"] == 0


def test_expression_counts(shared_data: Path) -> None:
    raw = np.load(shared_data / "expressions" / "labels.npz")
    sources = raw["source_names"][raw["source"]].tolist()
    expected = Counter(zip(sources, [EMOTIONS[i] for i in raw["emotion"]], strict=True))
    rows = stored("expressions", "rows")
    assert rows.groupby(["source", "label"]).size().to_dict() == dict(expected)
    assert rows["split"].value_counts().to_dict() == {
        name: int((raw["split"] == i).sum()) for i, name in enumerate(("train", "validation", "test"))
    }
    assert set(stored("expressions", "sources")["source"]) == set(sources)


def test_known_people_of_the_expressions_never_straddle() -> None:
    rows = stored("expressions", "rows")
    shared = summaries.shared_groups(rows[rows["subject"] >= 0], "subject").to_numpy()
    assert shared.sum() == shared.diagonal().sum() > 0


def test_tiny_gestures() -> None:
    data = tiny_data.gesture_data()
    shapes = summarise_gestures.shapes(data)
    assert shapes.groupby("label")["hands"].first().sum() == data.found.sum()
    pictures = np.random.default_rng(0).integers(0, 256, (len(data.found), 48, 48), dtype=np.uint8)
    pictures[30] = pictures[2]
    pairs = summarise_gestures.duplicates(pictures, data)
    assert pairs[["row", "other", "kind"]].to_numpy().tolist() == [[30, 2, "exact"]]
    split = summarise_gestures.random_split(pairs, data).set_index("split_by")
    assert split["pictures"].tolist() == [15, 15]
    assert split.loc["signer, as given", "with_duplicate"] == 0


def test_unknown_names_and_folders_are_told(tmp_path: Path) -> None:
    app = CliRunner()
    command = summarise.typer.Typer()
    command.command()(summarise.main)
    for arguments, said in ((["fer2014"], "Expected fer2013, expressions"), (["fer2013"], "No data at")):
        done = app.invoke(command, [*arguments, "--data", str(tmp_path)])
        assert done.exit_code == 1
        assert said in str(done.exception) + done.output


def test_fer2013_counts(shared_data: Path) -> None:
    raw = np.load(shared_data / "fer2013" / "labels.npz")
    expected = Counter((USAGES[u], EMOTIONS[e]) for u, e in zip(raw["usage"], raw["emotion"], strict=True))
    found = summaries.counts(stored("fer2013", "rows")).set_index(["split", "label"])["count"]
    assert found.to_dict() == dict(expected)


def test_fer2013_votes(shared_data: Path) -> None:
    """Majority, entropy and the ceiling, vote by vote."""
    raw = np.load(shared_data / "fer2013" / "labels.npz")
    rows = stored("fer2013", "rows")
    places = [4, 5, 6, 1, 3, 2, 0]
    credit = []
    for votes, emotion in zip(raw["ferplus_votes"].tolist(), raw["emotion"].tolist(), strict=True):
        seven = [votes[place] for place in places]
        best = [index for index, count in enumerate(seven) if count == max(seven) and count]
        credit.append(1 / len(best) if emotion in best else 0)
    assert rows["credit"].mean() == pytest.approx(np.mean(credit), abs=1e-4)
    shares = raw["ferplus_votes"] / raw["ferplus_votes"].sum(axis=1, keepdims=True)
    entropy = np.array([-sum(p * np.log2(p) for p in row if p) for row in shares])
    np.testing.assert_allclose(rows["entropy"], entropy, atol=1e-4)
    happy = raw["ferplus_votes"][:, 1] > np.delete(raw["ferplus_votes"], 1, axis=1).max(axis=1)
    assert ((rows["majority"] == "happy").to_numpy() == happy).all()


def test_fer2013_pixels(faces: EmotionData) -> None:
    rows, means = stored("fer2013", "rows"), stored("fer2013", "means").set_index("label")
    np.testing.assert_allclose(rows["brightness"], faces.pixels.mean(axis=(1, 2)), atol=0.051)
    np.testing.assert_allclose(rows["contrast"], faces.pixels.std(axis=(1, 2)), atol=0.051)
    disgust = faces.pixels[faces.emotion == 1]
    np.testing.assert_allclose(means.loc["disgust", "mean"], disgust.mean(axis=0).ravel(), atol=0.051)
    blank = np.flatnonzero(faces.pixels.min(axis=(1, 2)) == faces.pixels.max(axis=(1, 2)))
    assert set(blank) <= set(rows.index[rows["kind"] == "blank"])


def test_fer2013_exact_duplicates(faces: EmotionData) -> None:
    seen: dict[bytes, int] = {}
    repeats = []
    for row, picture in enumerate(faces.pixels):
        first = seen.setdefault(picture.tobytes(), row)
        if first != row and len(np.unique(picture)) > 1:
            repeats.append((row, first))
    found = stored("fer2013", "duplicates")
    exact = found[found["kind"] == "exact"]
    assert sorted(zip(exact["row"], exact["other"], strict=True)) == repeats
    near = found[found["kind"] == "near"]
    assert not any((faces.pixels[near["row"]] == faces.pixels[near["other"]]).reshape(len(near), -1).all(axis=1))


def test_keypoints(shared_data: Path) -> None:
    raw = np.load(shared_data / "keypoints" / "labels.npz")
    rows = stored("keypoints", "rows")
    points = raw["keypoints_px"] - 16
    assert (rows["missing"].to_numpy() == np.isnan(points).any(axis=2).sum(axis=1)).all()
    np.testing.assert_allclose(rows["eye_distance_px"], np.hypot(*(points[:, 0] - points[:, 1]).T), atol=0.006)
    subjects = {split: set(raw["subject"][raw["split"] == split]) for split in ("train", "validation", "test")}
    shared = summaries.shared_groups(rows, "subject")
    for one, own in subjects.items():
        for other, their in subjects.items():
            assert shared.loc[one, other] == len(own & their)
    sums = stored("keypoints", "moments")
    nose = sums[sums["point"] == "nose_tip"]
    column = points[:, KEYPOINT_NAMES.index("nose_tip")].astype(float)
    assert nose["present"].sum() == np.isfinite(column[:, 0]).sum()
    assert nose["x"].sum() / nose["present"].sum() == pytest.approx(np.nanmean(column[:, 0]), abs=0.001)


def test_gestures(shared_data: Path) -> None:
    raw = pd.read_csv(shared_data / "gestures" / "manifest.csv", dtype=str, keep_default_na=False)
    rows = stored("gestures", "rows")
    matrix = raw.groupby(["source", "label"])["signer"].agg(["size", "nunique"])
    found = rows.groupby(["source", "label"])["signer"].agg(["size", "nunique"])
    pd.testing.assert_frame_equal(matrix, found, check_index_type=False, check_names=False)
    expected = (raw["hand_found"] == "1").groupby(raw["source"]).mean()
    assert rows.groupby("source")["found_first"].mean().to_dict() == expected.to_dict()
    homes = raw.groupby("signer")["split"].nunique()
    assert (summaries.shared_groups(rows, "signer").to_numpy() * (1 - np.eye(3))).sum() == (homes > 1).sum() == 0
