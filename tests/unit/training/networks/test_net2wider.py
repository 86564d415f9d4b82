from dataclasses import replace

import keras
import numpy as np
import pytest

from training.fit import configs
from training.networks import architectures
from training.networks.net2wider import widened

NARROW = replace(configs.CONFIGS["emotion_residual"], width=8)


def shapes_of(network) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in network.weights]


@pytest.mark.parametrize("width", [10, 16, 20])
def test_a_widened_network_answers_as_before(width: int) -> None:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    narrow, wide = architectures.build(NARROW), architectures.build(replace(NARROW, width=width))
    moved = [w * rng.uniform(0.5, 1.0, w.shape) if w.ndim == 1 else w for w in narrow.get_weights()]
    narrow.set_weights(moved)
    wide.set_weights(widened(narrow.get_weights(), shapes_of(wide), rng, noise=0.0))
    pictures = rng.integers(0, 256, (4, 48, 48, 1)).astype(np.float32)
    given = narrow.predict(pictures, verbose=0)
    assert np.ptp(given, axis=0).max() > 0.01
    np.testing.assert_allclose(wide.predict(pictures, verbose=0), given, atol=1e-4)


def test_noise_parts_a_channel_from_its_copy() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype(np.float32)
    (wide,) = widened([kernel], [(3, 3, 4, 8)], np.random.default_rng(1))
    assert (wide[..., :4] != wide[..., 4:]).mean() > 0.99
    np.testing.assert_allclose(wide[..., :4], kernel[:, :, [0, 1, 0, 1]] / 2, atol=0.2)


def test_a_narrower_or_another_network_is_refused() -> None:
    kernel = np.zeros((3, 3, 2, 4), np.float32)
    for shapes in ([(3, 3, 2, 3)], [(4,)], []):
        with pytest.raises(ValueError, match=r"Expected|shorter"):
            widened([kernel], shapes, np.random.default_rng(0))
