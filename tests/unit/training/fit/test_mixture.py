from dataclasses import replace

import cv2
import numpy as np
import pytest

from fizzog_core.networks.model_card import CropGeometry
from tests.support import tiny_data
from training.fit.mixture import CONFIGS, Mixture, TwoHeadConfig, square_root_shares
from training.fit.targets import fer_targets

GEOMETRY = CropGeometry(margin=0.1, shift_down=-0.05, aligned=True)


@pytest.fixture(scope="module")
def mixture() -> Mixture:
    config = TwoHeadConfig(batch_size=40, left_out=("left",), trust={"noisy": 0.6})
    return Mixture(config, tiny_data.emotion_data(63), tiny_data.expression_data(), GEOMETRY)


def test_a_left_out_source_and_held_out_rows_are_never_drawn(mixture: Mixture) -> None:
    assert [source.name for source in mixture.sources] == ["clean", "noisy"]
    rows = np.concatenate([own for source in mixture.sources for own in source.rows])
    assert set(mixture.expressions.split[rows]) == {"train"}
    assert set(mixture.fer.usage[mixture.fer_rows]) == {0}


def test_a_batch_is_the_same_for_a_step_and_differs_between_steps(mixture: Mixture) -> None:
    one, again, other = mixture.batch(3, 0.0), mixture.batch(3, 0.0), mixture.batch(4, 0.0)
    np.testing.assert_array_equal(one.pixels, again.pixels)
    assert one.pixels.shape == (40, 48, 48, 1)
    assert one.pixels.dtype == np.float32
    assert (one.pixels != other.pixels).any()


def test_a_network_may_take_larger_pictures_than_fer2013s(mixture: Mixture) -> None:
    config = replace(mixture.config, side=80)
    batch = Mixture(config, mixture.fer, mixture.expressions, GEOMETRY).batch(3, 0.0)
    assert batch.pixels.shape == (40, 80, 80, 1)
    own = mixture.batch(3, 0.0).pixels[0, ..., 0]  # a row of FER2013
    np.testing.assert_array_equal(batch.pixels[0, ..., 0], cv2.resize(own.astype(np.uint8), (80, 80)))


def test_targets_of_both_heads(mixture: Mixture) -> None:
    begin, end = mixture.batch(0, 0.0), mixture.batch(0, 1.0)
    first = round(40 * mixture.config.fer_share)
    assert begin.fer2013[:first].sum(axis=1) == pytest.approx(1)
    assert not begin.fer2013[first:].any()
    assert begin.served[first:].sum(axis=1) == pytest.approx(1)
    assert set(end.served[first:].sum(axis=1).astype(float).round(3).tolist()) == {0.6, 1.0}


def test_priors_are_distributions_in_which_each_class_is_possible(mixture: Mixture) -> None:
    batch = mixture.batch(1, 0.0)
    shares = np.exp(batch.log_prior)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares.min() >= mixture.config.even / 7 - 1e-6


def test_the_votes_of_the_served_head() -> None:
    data = tiny_data.emotion_data(3)
    assert data.votes is not None
    data.votes[:] = 0
    data.votes[0, [0, 1]] = 9, 1  # neutral, and an outlier
    data.votes[1, [4, 8]] = 3, 7  # mostly unknown
    data.votes[2, [1, 2]] = 5, 5  # happy and surprise
    served, _ = fer_targets(data)
    assert served[0].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert not served[1].any()
    assert served[2].tolist() == [0, 0, 0, 0.5, 0, 0.5, 0]


def test_square_root_shares() -> None:
    assert square_root_shares(np.array([1, 4, 0])).tolist() == pytest.approx([1 / 3, 2 / 3, 0])


def test_no_config_trains_on_the_look_of_the_evaluation_pictures() -> None:
    assert all("lfw" in config.left_out for config in CONFIGS.values())
