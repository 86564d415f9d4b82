"""Groups of sources that are left out in turn."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from tests.support import tiny_data
from training.data.expressions import cut
from training.evaluation import two_heads
from training.evaluation.card_texts import EMOTION
from training.fit.mixture import CONFIGS, TwoHeadConfig
from training.networks import two_headed
from training.release import leave_one_group_out as logo

CONFIG = TwoHeadConfig(width=8, blocks=1, batch_size=8, left_out=("left",))


def test_the_groups_have_every_source_once() -> None:
    sources = [name for group in logo.GROUPS.values() for name in group]
    assert len(sources) == len(set(sources)) == 14
    config = CONFIGS["emotion_all_sources"]
    assert set(config.trust) | set(config.weight) | set(config.left_out) <= set(sources)


def test_without_drops_the_rows_of_the_sources_alone() -> None:
    data = tiny_data.expression_data()
    kept = logo.without(data, ("noisy", "absent"))
    assert set(kept.source) == {"clean", "left"}
    np.testing.assert_array_equal(kept.crops, data.crops[data.source != "noisy"])
    assert len(kept.emotion) == len(kept.subject) == len(kept.crops)


def test_a_prior_multiplies_the_odds() -> None:
    given = np.array([[0.5, 0.25, 0.25]])
    shifted = logo.with_prior(given, np.log([0.1, 0.8, 0.1]), 0.5)
    np.testing.assert_allclose(shifted.sum(axis=1), 1)
    assert shifted[0, 1] / shifted[0, 0] == pytest.approx(0.5 * np.sqrt(8))
    np.testing.assert_allclose(logo.with_prior(given, np.log([0.1, 0.8, 0.1]), 0.0), given)


def test_a_line_compares_the_same_rows_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logo, "FEWEST_ROWS", 21)
    data = tiny_data.expression_data()
    rows = np.flatnonzero(data.source != "left")
    rows = rows[: np.flatnonzero(data.source[rows] == "noisy")[-1]]  # one row of "noisy" fewer
    labels = data.emotion[rows].astype(np.int64)
    right, wrong = np.eye(7)[labels], np.eye(7)[(labels + 1) % 7]
    half = np.where((np.arange(len(rows)) // 7 % 2 == 0)[:, None], right, wrong)
    fold = logo.Fold(rows, data.source[rows], labels, wrong.astype(np.float32), (right, half, wrong))
    found = logo.lines("group", fold, data, 5)
    assert {line["source"] for line in found} == {"clean", "noisy"}
    best, mixed, worst = (line for line in found if line["source"] == "clean")
    assert (best["start"], best["held_out"], best["gain"], best["gain_low"]) == (0, 1, 1, 1)
    assert 0 < mixed["held_out"] < 1
    assert mixed["gain_low"] < mixed["gain"] < mixed["gain_high"]
    assert (worst["gain"], worst["calibration_error"]) == (0, 1)


def test_each_network_gets_the_faces_at_its_own_side() -> None:
    fer, data = tiny_data.emotion_data(63), tiny_data.expression_data(630)
    start = two_headed.parts(two_headed.build(8, 1))[0]
    pixels = keras.Input((80, 80, 1))
    larger = keras.Model(pixels, keras.layers.Dense(7, "softmax")(keras.layers.Flatten()(pixels / 255)))
    fold = logo.predict_fold(larger, start, fer, data, ("noisy",))
    for network, found in (
        (start, fold.start),
        (larger, logo.predict_fold(start, larger, fer, data, ("noisy",)).start),
    ):
        side = network.input_shape[1]
        faces = cut(data, fold.row, EMOTION.crop, side)[..., None].astype(np.float32)
        np.testing.assert_allclose(found, network.predict_on_batch(faces), atol=1e-5)


@pytest.mark.slow
def test_every_group_is_trained_without_its_sources_and_lines_that_are_there_stay(tmp_path: Path) -> None:
    fer, data = tiny_data.emotion_data(63), tiny_data.expression_data(630)
    start = two_headed.parts(two_headed.build(8, 1))[0]
    before = start.get_weights()
    out = tmp_path / "sources.csv"
    pd.DataFrame([{"source": "noisy", "left_out": "second", "prior_strength": s, "start": 0.5} for s in (0, 1)]).to_csv(
        out, index=False
    )
    groups = {"first": ("clean",), "second": ("noisy",)}
    table = logo.hold_out(CONFIG, fer, data, start, groups, tmp_path / "runs", out, steps=2)
    assert table["left_out"].tolist() == ["second", "second", "first", "first", "first"]
    assert table["source"].tolist()[2:] == ["clean"] * 3
    config, _ = two_heads.load_run(tmp_path / "runs" / "first")
    assert config == replace(CONFIG, left_out=("clean", "left"))
    stored = pd.read_parquet(tmp_path / "runs" / "first" / logo.PREDICTIONS)
    rows = np.flatnonzero((data.source == "clean") & (data.split != "train"))
    assert stored["row"].tolist() == rows.tolist()
    assert stored.filter(like="held_out_0.62_").sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-3)
    for old, new in zip(before, start.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not (tmp_path / "runs" / "second").exists()
    assert len(pd.read_csv(out)) == 5
