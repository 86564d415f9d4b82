from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from fizzog_core.errors import DataError
from fizzog_core.networks.model_card import CropGeometry
from tests.support import tiny_data
from training.fit import train_two_heads, two_head_run
from training.fit.mixture import Mixture, TwoHeadConfig
from training.networks import two_headed

CONFIG = TwoHeadConfig(width=8, blocks=1, batch_size=8, left_out=())
GEOMETRY = CropGeometry(margin=0.1, shift_down=-0.05, aligned=True)


def test_a_run_goes_on_where_it_stopped_and_refuses_another_config(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(two_head_run, "AVERAGED_EVERY", 1)
    keras.utils.set_random_seed(0)
    mixture = Mixture(CONFIG, tiny_data.emotion_data(), tiny_data.expression_data(), GEOMETRY)
    start = two_headed.build(8, 1).get_weights()
    first = train_two_heads.train(CONFIG, mixture, tmp_path, start, minutes=0.05)
    assert first.step > 0
    assert any((old != new).any() for old, new in zip(start, first.mean, strict=True))
    again = train_two_heads.train(CONFIG, mixture, tmp_path, start, minutes=0.08)
    assert again.step > first.step
    network = two_headed.build(8, 1)
    network.load_weights(tmp_path / two_head_run.MEAN_WEIGHTS)
    for stored, mean in zip(network.get_weights(), again.mean, strict=True):
        np.testing.assert_allclose(stored, mean)
    table = pd.read_csv(tmp_path / two_head_run.HISTORY)
    assert table["epoch"].tolist() == list(range(len(table)))
    assert table["val_accuracy"].between(0, 1).all()
    assert (table["val_loss"] > 0).all()
    assert table["seconds"].sum() == pytest.approx(0.08 * 60, abs=0.5)
    with pytest.raises(DataError, match="another config"):
        train_two_heads.train(replace(CONFIG, seed=2), mixture, tmp_path, start, minutes=0.05)


def test_the_rate_rises_and_falls_to_zero() -> None:
    rates = [two_head_run.learning_rate(CONFIG, share) for share in (0, 0.04, 0.5, 1)]
    assert rates[0] < 0.1 * rates[1]
    assert rates[1] > rates[2] > rates[3]
    assert rates[3] == pytest.approx(0)


def test_what_a_target_lacks_is_the_networks_own_answer() -> None:
    logits = np.array([[0.0, 1, 2, 0, 0, 0, 0]] * 3, np.float32)
    own = np.exp(logits[0]) / np.exp(logits[0]).sum()
    sure = np.eye(7, dtype=np.float32)[1]
    loss = np.asarray(two_head_run.cross_entropy(np.stack([0 * sure, sure, 0.6 * sure]), logits))
    assert loss[0] == 0
    assert loss[1] == pytest.approx(-np.log(own[1]), rel=1e-5)
    assert loss[2] == pytest.approx(-((0.6 * sure + 0.4 * own) * np.log(own)).sum(), rel=1e-5)


def test_a_network_with_other_layers_is_no_start() -> None:
    published, head = two_headed.parts(two_headed.build(8, 1))
    data = tiny_data.emotion_data(21), tiny_data.expression_data()
    fits = Mixture(CONFIG, *data, GEOMETRY)
    begun = train_two_heads.start_weights(fits, published, head, None)
    assert [array.shape for array in begun] == [tuple(w.shape) for w in two_headed.build(8, 1).weights]
    wider = Mixture(replace(CONFIG, width=16), *data, GEOMETRY)
    with pytest.raises(DataError, match="other layers"):
        train_two_heads.start_weights(wider, published, head, None)


@pytest.mark.parametrize(
    ("config", "needed"),
    [("emotion_taught", "--fer2013-teacher"), ("emotion_face_trunk", "also needs"), ("x", "No config")],
)
def test_a_config_says_what_it_needs_before_anything_is_read(config: str, needed: str, tmp_path) -> None:
    with pytest.raises(DataError, match=needed):
        train_two_heads.main(config, tmp_path / "fer", tmp_path / "sources", 1.0)
