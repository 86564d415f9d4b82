import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from fizzog_core.errors import DataError
from training.evaluation import results
from training.evaluation.tasks import TASKS
from training.fit import configs
from training.networks import architectures
from training.release.weight_average import average

pytestmark = pytest.mark.slow

NARROW = replace(configs.CONFIGS["emotion_residual"], width=8, blocks=1)


def write_run(folder: Path, config: configs.Config, seed: int) -> Path:
    folder.mkdir()
    network = architectures.build(config)
    rng = np.random.default_rng(seed)
    network.set_weights([rng.random(weight.shape, np.float32) for weight in network.get_weights()])
    network.save_weights(folder / "best.weights.h5")
    (folder / "config.json").write_text(json.dumps({**asdict(config), "policy": "float32"}))
    (folder / "history.csv").write_text("epoch,loss\n0,1.0\n")
    return folder


def weights_of(run: Path) -> list[np.ndarray]:
    return results.best_network(TASKS["emotion"], configs.stored(run), run).get_weights()


def test_the_mean_of_two_runs_is_a_run_that_says_so(tmp_path: Path) -> None:
    first, second = write_run(tmp_path / "a", NARROW, 1), write_run(tmp_path / "b", NARROW, 2)
    out = average(first, second, 0.25, tmp_path / "c")
    for mine, a, b in zip(weights_of(out), weights_of(first), weights_of(second), strict=True):
        np.testing.assert_allclose(mine, 0.25 * a + 0.75 * b, rtol=1e-5)
    assert configs.stored(out).averaged == "0.25 of a, 0.75 of b"
    assert (out / "history.csv").read_text() == (first / "history.csv").read_text()


def test_a_narrower_run_is_widened_first(tmp_path: Path) -> None:
    wide = write_run(tmp_path / "wide", replace(NARROW, width=10), 1)
    out = average(wide, write_run(tmp_path / "narrow", NARROW, 2), 0.5, tmp_path / "mean")
    assert [weight.shape for weight in weights_of(out)] == [weight.shape for weight in weights_of(wide)]


def test_a_share_beyond_one_or_no_run_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a", NARROW, 1)
    with pytest.raises(DataError, match="from 0 to 1"):
        average(run, run, 1.5, tmp_path / "out")
    with pytest.raises(DataError, match="not the folder of a training run"):
        average(tmp_path / "nothing", run, 0.5, tmp_path / "out")
    assert not (tmp_path / "out").exists()
