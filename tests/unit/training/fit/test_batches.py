from dataclasses import replace

import numpy as np
import pytest

from tests.support import tiny_data
from training.fit import batches, configs

EMOTION = configs.CONFIGS["emotion_residual"]


def test_targets_are_distributions_near_the_label() -> None:
    data = tiny_data.emotion_data()
    targets = batches.emotion_targets(data, EMOTION)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-5)
    assert (targets.argmax(axis=1) == data.emotion).all()


@pytest.mark.parametrize("votes", [None, np.zeros((42, 10), np.uint8)])
def test_without_votes_the_label_stands_alone(votes: np.ndarray | None) -> None:
    data = replace(tiny_data.emotion_data(), votes=votes)
    targets = batches.emotion_targets(data, replace(EMOTION, label_smoothing=0.0))
    np.testing.assert_array_equal(targets, np.eye(7, dtype=np.float32)[data.emotion])


def test_a_batch_depends_on_seed_epoch_and_index_alone() -> None:
    data = tiny_data.emotion_data()
    config = replace(EMOTION, batch_size=10)

    def fresh(first_epoch: int) -> batches.Batches:
        return batches.Batches(batches.emotion(data, config, np.arange(42)), 42, config, first_epoch)

    going, resumed = fresh(0), fresh(1)
    first = going[1][0]
    going.on_epoch_end()
    np.testing.assert_array_equal(going[3][0], resumed[3][0])
    assert not np.array_equal(first, going[1][0])
    assert [len(going[i][0]) for i in range(len(going))] == [10, 10, 10, 10, 2]


def test_keypoint_arrays_are_the_middle_and_keep_what_is_missing() -> None:
    data = tiny_data.keypoint_data()
    pixels, target = batches.keypoint_arrays(data, np.array([0, 1]))
    np.testing.assert_array_equal(pixels[0, :, :, 0], data.pixels[0, 16:112, 16:112])
    assert np.isnan(target[0]).sum() == 8
    np.testing.assert_allclose(target[1, 0] * 96 - 0.5 + 16, data.keypoints_px[1, 0, 0], rtol=1e-5)


def test_every_task_gives_float_batches() -> None:
    rng = np.random.default_rng(0)
    for make, shape, outputs in (
        (
            batches.keypoints(tiny_data.keypoint_data(), configs.CONFIGS["keypoints_heatmap"], np.arange(4)),
            (96, 96, 1),
            30,
        ),
        (batches.gesture(tiny_data.gesture_data(), configs.CONFIGS["gesture_landmarks"], np.arange(4)), (21, 3), 5),
        (batches.emotion(tiny_data.emotion_data(), EMOTION, np.arange(4)), (48, 48, 1), 7),
    ):
        inputs, targets = make(rng, np.array([0, 3]))
        assert inputs.shape == (2, *shape)
        assert targets.shape == (2, outputs)
        assert inputs.dtype == targets.dtype == np.float32
