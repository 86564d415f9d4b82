import keras
import numpy as np
import pytest

from training import registry
from training.baselines import networks as networks_source
from training.baselines.configs import BASELINES
from training.fit import configs
from training.networks import architectures
from training.networks.cost import multiply_adds

SHAPES = {
    "emotion_residual": ((48, 48, 1), 7),
    "keypoints_heatmap": ((96, 96, 1), 30),
    "gesture_landmarks": ((21, 3), 5),
}

SOURCE_SHAPES = {
    "baseline_emotion_model_1": ((48, 48, 1), 6),
    "baseline_emotion_model_2": ((48, 48, 1), 7),
    "baseline_fizzog_emotion": ((48, 48, 1), 5),
    "baseline_fizzog_keypoints": ((96, 96, 1), 30),
    "baseline_gesture_vgg16": ((6, 6, 512), 4),
}


def test_every_config_has_a_tested_network() -> None:
    assert {config.network for config in configs.CONFIGS.values()} == set(architectures.NETWORKS)
    assert {configs.CONFIGS[name].network for name in SHAPES} == set(architectures.NETWORKS)


@pytest.mark.parametrize("name", SHAPES | SOURCE_SHAPES)
def test_a_saved_network_loads_without_our_code_and_answers_the_same(name: str, tmp_path) -> None:
    shape, outputs = (SHAPES | SOURCE_SHAPES)[name]
    task, config = registry.find(name, smoke=True)
    network = task.build(config)
    inputs = np.random.default_rng(0).uniform(0, 255, (3, *shape)).astype(np.float32)
    network.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    given = network.predict_on_batch(inputs)
    assert given.shape == (3, outputs)
    np.testing.assert_allclose(given, loaded.predict_on_batch(inputs), atol=1e-6)
    if "keypoints" not in name:
        np.testing.assert_allclose(given.sum(axis=1), 1, rtol=1e-5)


def test_the_source_networks_have_the_size_that_their_authors_print() -> None:
    sizes = {
        name: networks_source.baseline_three_blocks(BASELINES[name]).count_params()
        for name in ("baseline_emotion_model_1", "baseline_emotion_model_2")
    }
    assert sizes == {"baseline_emotion_model_1": 583_846, "baseline_emotion_model_2": 583_911}
    assert networks_source.vgg16_backbone(200).count_params() == 14_714_688
    assert networks_source.vgg16_backbone(200).output_shape[1:] == networks_source.FEATURES


def test_gestures_do_not_depend_on_place_and_size() -> None:
    network = architectures.build(configs.find("gesture_landmarks", smoke=True))
    hands = np.random.default_rng(0).uniform(0, 255, (4, 21, 3)).astype(np.float32)
    near, far = network.predict_on_batch(hands), network.predict_on_batch(hands * 0.2 + 500)
    np.testing.assert_allclose(near, far, atol=1e-4)


def test_multiply_adds_of_layers_counted_by_hand() -> None:
    network = keras.Sequential(
        [
            keras.layers.Input((8, 8, 3)),
            keras.layers.Conv2D(4, 3, strides=2, padding="same"),
            keras.layers.DepthwiseConv2D(3, padding="same"),
            keras.layers.Flatten(),
            keras.layers.Dense(5),
        ]
    )
    assert multiply_adds(network) == 4 * 4 * 3 * 3 * 3 * 4 + 4 * 4 * 3 * 3 * 4 + 64 * 5
