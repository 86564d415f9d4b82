"""Two trunks side by side."""

import keras
import numpy as np
import pytest

from training.networks import face_trunk, two_headed, two_trunks


@pytest.fixture(autouse=True)
def few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_trunk, "BLOCKS", ((64, 1), (128, 2)))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_joined_logits_are_the_mean(share: float) -> None:
    keras.utils.set_random_seed(0)
    residual, face = two_headed.build(8, 1), face_trunk.build()
    joined = two_trunks.build(8, 1)
    joined.set_weights(two_trunks.joined(8, 1, residual.get_weights(), face.get_weights(), share))
    pixels = np.random.default_rng(0).uniform(0, 255, (3, 80, 80, 1)).astype(np.float32)
    smaller = np.asarray(keras.layers.Resizing(48, 48)(pixels))
    ours, one, other = (
        network.predict_on_batch(x) for network, x in ((joined, pixels), (residual, smaller), (face, pixels))
    )
    for found, first, second in zip(ours, one, other, strict=True):
        np.testing.assert_allclose(found, (1 - share) * first + share * second, atol=1e-4)
        assert np.abs(first - second).max() > 0.01


def test_its_parts_are_published_as_those_of_one_trunk() -> None:
    served, head = two_headed.parts(two_trunks.build(8, 1))
    weights = two_headed.start_weights(served, head)
    assert [array.shape for array in weights] == [tuple(w.shape) for w in two_trunks.build(8, 1).weights]
    assert served.input_shape == (None, 80, 80, 1)


def test_the_face_trunk_is_found_again_in_the_published_network() -> None:
    keras.utils.set_random_seed(0)
    face, residual = face_trunk.build(), two_headed.build(8, 1)
    residual.set_weights([0 * array for array in residual.get_weights()])
    joined = two_trunks.build(8, 1)
    joined.set_weights(two_trunks.joined(8, 1, residual.get_weights(), face.get_weights(), 0.5))
    served, head = two_headed.parts(joined)
    assert two_trunks.has_both(served)
    assert not two_trunks.has_both(face)
    found = two_trunks.face_part(served, head)
    assert len(found) == len(face.get_weights())
    for array, kept in zip(found[:-4], face.get_weights()[:-4], strict=True):
        np.testing.assert_array_equal(array, kept)
    for array, kept in zip(found[-4::2], face.get_weights()[-4::2], strict=True):
        np.testing.assert_allclose(array, kept, rtol=1e-6)
