"""Two published networks become one run."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.networks import model_card
from tests.support.fakes import make_card
from training.evaluation import two_heads
from training.fit import two_head_run
from training.networks import face_trunk, two_headed
from training.release import join_trunks

WIDTH, BLOCKS = 8, 1


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_trunk, "BLOCKS", ((64, 1), (128, 2)))
    config = replace(join_trunks.CONFIGS["emotion_two_trunks"], width=WIDTH, blocks=BLOCKS)
    monkeypatch.setitem(join_trunks.CONFIGS, "emotion_two_trunks", config)


def published(network: keras.Model, folder: Path, temperature: float) -> Path:
    """``network`` as publish-two-heads leaves it, as far as joining reads it."""
    folder.mkdir()
    served, head = two_headed.parts(network)
    served.save(folder / model_card.NETWORK_FILE)
    head.save(folder / two_headed.HEAD_FILE)
    digest = model_card.checksum(folder / model_card.NETWORK_FILE)
    model_card.save(make_card("emotion", temperature=temperature, sha256=digest), folder)
    (folder / "history.csv").write_text(f"epoch,val_loss\n0,{temperature}\n")
    return folder


def test_the_run_is_their_mean_without_their_temperatures(tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    networks = two_headed.build(WIDTH, BLOCKS), face_trunk.build()
    residual = published(networks[0], tmp_path / "residual", 0.5)
    face = published(networks[1], tmp_path / "face", 2.0)
    join_trunks.join(residual, face, 0.25, tmp_path / "run")
    config, joined = two_heads.load_run(tmp_path / "run")
    assert config.trunk == "both"
    assert config.joined.startswith("0.75 of ")
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 80, 80, 1)).astype(np.float32)
    one, other = networks[0].predict_on_batch(np.asarray(keras.layers.Resizing(48, 48)(pixels))), networks[1](pixels)
    served, fer2013 = joined.predict_on_batch(pixels)
    np.testing.assert_allclose(served, 0.75 * 0.5 * one[0] + 0.25 * 2.0 * np.asarray(other[0]), atol=1e-4)
    np.testing.assert_allclose(fer2013, 0.75 * one[1] + 0.25 * np.asarray(other[1]), atol=1e-4)
    assert (tmp_path / "run" / two_head_run.HISTORY).read_text() == "epoch,val_loss\n0,2.0\n"


def test_folders_in_the_wrong_order_and_shares_above_one_are_refused(tmp_path: Path) -> None:
    residual = published(two_headed.build(WIDTH, BLOCKS), tmp_path / "residual", 1.0)
    face = published(face_trunk.build(), tmp_path / "face", 1.0)
    with pytest.raises(DataError, match="residual trunk in"):
        join_trunks.join(face, residual, 0.5, tmp_path / "run")
    with pytest.raises(DataError, match="from 0 to 1"):
        join_trunks.join(residual, face, 1.5, tmp_path / "run")
    assert not (tmp_path / "run").exists()
