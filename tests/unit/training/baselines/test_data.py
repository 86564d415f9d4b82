"""The authors' splits leak as described, ours do not, and a mirrored face has its names exchanged or not."""

from dataclasses import replace

import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.labels import EMOTIONS, KEYPOINT_NAMES
from tests.support import tiny_data
from training.baselines import data as sources
from training.baselines.configs import BASELINES
from training.data.sets import EmotionData, KeypointData

EMOTION, KEYPOINTS = tiny_data.emotion_data(210), tiny_data.keypoint_data(60)
DATA = {name: EMOTION if config.task == "emotion" else KEYPOINTS for name, config in BASELINES.items()} | {
    name: tiny_data.hand_pictures(name) for name, config in BASELINES.items() if config.task == "gesture"
}


@pytest.mark.parametrize("name", DATA)
def test_new_rows_are_the_test_rows_and_never_in_the_pool(name: str) -> None:
    data = DATA[name]
    found = sources.material(BASELINES[name], data)
    assert len(found.new)
    assert not set(found.new) & set(found.origin)
    if isinstance(data, EmotionData):
        assert set(data.usage[found.new]) == {2}
        assert {EMOTIONS[i] for i in data.emotion[found.new]} == set(BASELINES[name].labels)
    else:
        assert set(data.split[found.new]) == {"test"}
        people = data.subject if isinstance(data, KeypointData) else data.signer
        assert not set(people[found.new]) & set(people[found.origin])


@pytest.mark.parametrize("name", DATA)
def test_no_row_is_trained_on_and_held_out(name: str) -> None:
    found = sources.material(BASELINES[name], DATA[name])
    make, rows = sources.make_batches(BASELINES[name], found)
    inputs, targets = sources.validation(found)
    assert rows + len(inputs) == len(found.inputs)
    assert make(np.random.default_rng(0), np.arange(3))[0].shape == (3, *inputs.shape[1:])
    if BASELINES[name].task != "keypoints":
        np.testing.assert_array_equal(targets.sum(axis=1), 1)


def test_copies_made_before_the_split_lie_on_both_sides() -> None:
    leaking = sources.material(BASELINES["baseline_fizzog_emotion"], EMOTION)
    held = leaking.held_out
    assert np.isin(leaking.origin[held], leaking.origin[~held]).mean() > 0.9
    clean = sources.material(replace(BASELINES["baseline_fizzog_emotion"], copies=False), EMOTION)
    assert not np.isin(clean.origin[clean.held_out], clean.origin[~clean.held_out]).any()


def test_copies_are_the_picture_mirrored_and_brighter() -> None:
    found = sources.material(BASELINES["baseline_fizzog_keypoints"], KEYPOINTS)
    plain, mirrored, brighter = np.split(found.inputs.astype(int), 3)
    np.testing.assert_array_equal(plain[:, :, ::-1], mirrored)
    ratio = brighter[plain > 100] / plain[plain > 100]
    assert ratio.max() <= 2
    assert (brighter >= plain).all()


def test_only_faces_with_all_points_are_in_the_pool() -> None:
    found = sources.material(BASELINES["baseline_fizzog_keypoints"], KEYPOINTS)
    assert np.isfinite(found.targets).all()
    assert set(found.origin) == set(np.flatnonzero((KEYPOINTS.split == "train") & (np.arange(60) % 6 != 0)))


def test_a_mirrored_face_with_and_without_exchanged_names() -> None:
    left, right = KEYPOINT_NAMES.index("left_eye_center"), KEYPOINT_NAMES.index("right_eye_center")
    points = np.full((1, 15, 2), 0.5, np.float32)
    points[0, left], points[0, right] = (0.7, 0.4), (0.3, 0.41)
    plain = sources.mirrored_points(points.reshape(1, 30), exchange=False).reshape(15, 2)
    exchanged = sources.mirrored_points(points.reshape(1, 30), exchange=True).reshape(15, 2)
    np.testing.assert_allclose(plain[left], (0.3, 0.4), atol=1e-6)
    np.testing.assert_allclose(exchanged[left], (0.7, 0.41), atol=1e-6)
    twice = sources.mirrored_points(exchanged.reshape(1, 30), exchange=True)
    np.testing.assert_allclose(twice, points.reshape(1, 30), atol=1e-6)


@pytest.mark.parametrize(("count", "held"), [(0, 0), (1, 0), (4, 0), (5, 1), (10, 2)])
def test_last_frames_are_the_end_of_each_signers_letter(count: int, held: int) -> None:
    signer = np.array(["a"] * count + ["b"] * 5)
    found = sources.last_frames(signer, np.zeros(count + 5, np.int64), 0.2)
    np.testing.assert_array_equal(np.flatnonzero(found[:count]), np.arange(count - held, count))
    assert found[count:].tolist() == [False] * 4 + [True]


def test_a_change_of_nothing_is_nothing_and_a_mirror_is_a_mirror() -> None:
    config = BASELINES["baseline_fizzog_emotion"]
    picture = np.random.default_rng(0).integers(0, 256, (48, 48, 1), dtype=np.uint8)
    np.testing.assert_array_equal(sources.changed(np.random.default_rng(0), config, picture), picture)
    seen = [sources.changed(np.random.default_rng(i), replace(config, mirror=True), picture) for i in range(8)]
    assert {tuple(np.array_equal(s, p) for p in (picture, picture[:, ::-1])) for s in seen} == {
        (True, False), (False, True),
    }  # fmt: skip


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(DataError, match="hold out"):
        sources.material(BASELINES["baseline_emotion_model_2"], tiny_data.emotion_data(7))
