from dataclasses import replace

import numpy as np
import pytest

from fizzog_core.networks.model_card import CropGeometry
from tests.support import tiny_data
from training.evaluation import two_heads
from training.fit import teacher
from training.fit.mixture import Mixture, TwoHeadConfig
from training.fit.targets import log_prior
from training.networks import two_headed
from training.release.publish_two_heads import shift_logits

GEOMETRY = CropGeometry(margin=0.1, shift_down=-0.05, aligned=True)
STRENGTH, TEMPERATURE = 0.6, 0.8


class Card:
    temperature, crop_geometry = TEMPERATURE, GEOMETRY


@pytest.fixture(scope="module")
def data():
    return tiny_data.emotion_data(21), tiny_data.expression_data()


def test_the_prior_and_the_temperature_are_taken_out(data, tmp_path) -> None:
    network = two_headed.build(8, 1)
    logits = network.get_layer("logits")
    logits.set_weights([array / 20 for array in logits.get_weights()])  # no probability is below teacher.LEAST
    pixels = data[0].pixels[..., None].astype(np.float32)
    plain = network.predict_on_batch(pixels)[0]
    shift_logits(logits, STRENGTH * log_prior(*data), TEMPERATURE)
    heads = two_heads.Heads(*two_headed.parts(network))
    found = teacher.predictions(heads.served, heads.fer2013, Card(), STRENGTH, *data, tmp_path)  # type: ignore[arg-type]
    difference = found.fer_served - plain  # logits are known up to a constant
    np.testing.assert_allclose(difference - difference.mean(axis=1, keepdims=True), 0, atol=1e-4)
    np.testing.assert_allclose(found.fer2013.sum(axis=1), 1, rtol=1e-5)
    assert found.expressions.shape == (len(data[1].emotion), 7)
    again = teacher.predictions(None, None, Card(), STRENGTH, *data, tmp_path)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again.expressions, found.expressions)  # a run that goes on reads them


def test_a_share_of_the_targets_is_the_teachers(data) -> None:
    fer, expressions = data
    config = TwoHeadConfig(batch_size=40, left_out=(), taught=0.25)
    sure = np.zeros((len(fer.emotion), 7), np.float32)
    sure[:, 3] = 50
    happy = np.eye(7, dtype=np.float32)[3]
    taught = teacher.Teacher(sure, np.tile(happy, (len(sure), 1)), np.tile(sure[:1], (len(expressions.emotion), 1)))
    alone, with_teacher = (Mixture(config, fer, expressions, GEOMETRY, given).batch(0, 0.0) for given in (None, taught))
    np.testing.assert_array_equal(alone.pixels, with_teacher.pixels)
    expected = 0.75 * alone.served + 0.25 * happy * (alone.served.sum(axis=1, keepdims=True) > 0)
    np.testing.assert_allclose(with_teacher.served, expected, atol=1e-5)
    first = round(40 * config.fer_share)
    np.testing.assert_allclose(
        with_teacher.fer2013[:first], 0.75 * alone.fer2013[:first] + 0.25 * np.eye(7)[3], atol=1e-5
    )
    assert not with_teacher.fer2013[first:].any()


def test_the_teacher_is_asked_under_the_prior_of_each_source(data) -> None:
    fer, expressions = data
    config = replace(TwoHeadConfig(batch_size=40, left_out=()), taught=1.0)
    even = np.zeros((len(fer.emotion), 7), np.float32)
    taught = teacher.Teacher(even, even + 1 / 7, np.zeros((len(expressions.emotion), 7), np.float32))
    batch = Mixture(config, fer, expressions, GEOMETRY, taught).batch(0, 0.0)
    targets = batch.served.any(axis=1)
    np.testing.assert_allclose(batch.served[targets], np.exp(batch.log_prior[targets]), atol=1e-5)
