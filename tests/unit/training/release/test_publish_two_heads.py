import json
from dataclasses import asdict, replace

import keras
import numpy as np
import pandas as pd
import pytest

from fizzog_core.errors import DataError
from fizzog_core.evaluation.runs import SOURCE_PREDICTIONS
from fizzog_core.labels import EMOTIONS
from fizzog_core.networks import loading, model_card
from tests.support import tiny_data
from training.evaluation import two_heads
from training.evaluation.measured import ServedFile
from training.fit import targets, train_two_heads, two_head_run
from training.fit.mixture import TwoHeadConfig
from training.networks import two_headed
from training.release import profile, publish_two_heads

CONFIG = TwoHeadConfig(width=8, blocks=1, batch_size=8, left_out=("left",))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run's folder with fresh weights."""
    folder = tmp_path_factory.mktemp("run")
    keras.utils.set_random_seed(0)
    (folder / two_head_run.CONFIG).write_text(json.dumps(asdict(CONFIG)))
    two_headed.build(CONFIG.width, CONFIG.blocks).save_weights(folder / two_head_run.MEAN_WEIGHTS)
    two_headed.build(CONFIG.width, CONFIG.blocks).save_weights(folder / two_head_run.START_WEIGHTS)
    (folder / two_head_run.HISTORY).write_text(f"{train_two_heads.COLUMNS}\n0,1.5,1.9,,0.2,0.01,3\n")
    return folder


@pytest.fixture(scope="module")
def data():
    return tiny_data.emotion_data(63), tiny_data.expression_data(630)


@pytest.mark.slow
def test_what_is_published_loads_and_gives_its_card_again(run, data, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(profile, "THREADS", ())  # no measurement of latency in further processes
    fer, expressions = data
    card = publish_two_heads.publish(run, fer, expressions, None, tmp_path, strength=0.5)
    folder = tmp_path / "emotion"
    assert model_card.load(folder) == card
    assert not list(tmp_path.glob(".*"))
    network = loading.load(folder)
    head = two_headed.load_head(folder)
    assert head is not None
    served = keras.saving.load_model(model_card.network_path(folder, card), compile=False)
    heads, file = two_heads.Heads(served, head), ServedFile(folder, card)
    again, rows = two_heads.measure(heads, file, fer, expressions, card.crop_geometry)
    for name, metric in again.metrics.items():
        assert metric.value == pytest.approx(card.metrics[name].value, abs=1e-6, nan_ok=True)
    stored = pd.read_parquet(folder / SOURCE_PREDICTIONS)
    assert set(stored["source"]) == {"clean", "noisy", "left"}
    assert stored["row"].tolist() == np.flatnonzero(expressions.split == "test").tolist()
    pixels = fer.pixels[:5][..., None].astype(np.float32)
    np.testing.assert_allclose(network.predict(pixels), served.predict_on_batch(pixels), atol=0.02)
    assert rows["label"].tolist() == stored["label"].tolist()


@pytest.mark.slow
def test_the_heads_figures_are_each_of_its_own_head(run, data) -> None:
    fer, _ = data
    _, network = two_heads.load_run(run)
    heads = two_heads.Heads(*two_headed.parts(network))
    pixels = fer.pixels[fer.usage == 2][..., None].astype(np.float32)
    served, fer2013 = (out.argmax(1) for out in two_headed.both(heads.served, heads.head).predict_on_batch(pixels))
    found = two_heads.served_fer2013(heads.served, fer)
    labels = fer.emotion[fer.usage == 2]
    assert found["privatetest_served_head_accuracy"].value == pytest.approx((served == labels).mean())
    own = two_heads.assess.emotion(heads.fer2013, fer).metrics["privatetest_accuracy"].value
    assert own == pytest.approx((fer2013 == labels).mean())


def test_the_prior_has_the_class_shares_of_training_rows(data) -> None:
    fer, expressions = data
    common = EMOTIONS.index("happy")
    rafdb = np.where(expressions.split == "train", common, expressions.emotion).astype(np.uint8)
    skewed = replace(expressions, emotion=rafdb, source=np.full(len(rafdb), targets.PRIOR_SOURCE))
    shares = np.exp(targets.log_prior(fer, skewed))
    assert shares.sum() == pytest.approx(1)
    assert shares.argmax() == common
    assert shares[common] > 0.5


def test_a_shift_multiplies_the_odds_and_a_temperature_flattens(run) -> None:
    _, network = two_heads.load_run(run)
    pixels = np.random.default_rng(0).uniform(0, 255, (3, 48, 48, 1)).astype(np.float32)
    before = two_headed.parts(network)[0].predict_on_batch(pixels)
    publish_two_heads.shift_logits(network.get_layer("logits"), np.log([2, 1, 1, 1, 1, 1, 1]), 2.0)
    after = two_headed.parts(network)[0].predict_on_batch(pixels)
    np.testing.assert_allclose((after[:, 0] / after[:, 1]) ** 2, 2 * before[:, 0] / before[:, 1], rtol=1e-3)


def test_a_blend_lies_between_the_start_and_the_end(run) -> None:
    start, half, end = (two_heads.load_run(run, blend)[1].get_weights() for blend in (0.0, 0.5, 1.0))
    assert any((one != other).any() for one, other in zip(start, end, strict=True))
    for one, middle, other in zip(start, half, end, strict=True):
        np.testing.assert_allclose(middle, (one + other) / 2, atol=1e-6)


def test_a_folder_without_a_run_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="train-two-heads"):
        two_heads.load_run(tmp_path)


def test_sources_with_few_rows_get_no_figure(data) -> None:
    served, _ = two_headed.parts(two_headed.build(8, 1))
    found, rows = two_heads.expressions(served, tiny_data.expression_data(), publish_two_heads.EMOTION.crop)
    assert len(rows) == 42
    assert "clean_test_accuracy" not in found
