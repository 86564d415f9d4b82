from __future__ import annotations

import json

import numpy as np
import pytest

from fizzog_core.errors import TeachError
from fizzog_core.tracking.custom_gestures import (
    LEAST_FRAMES,
    LONGEST_NAME,
    MOST_FRAMES,
    MOST_GESTURES,
    CustomGestures,
    Match,
)


def shape(seed: int) -> np.ndarray:
    """A hand shape in pixels, (21, 3): a different one for each seed."""
    return np.random.default_rng(seed).uniform(0, 200, (21, 3))


def held(seed: int, frames: int = 10, noise: float = 1.5) -> list[np.ndarray]:
    """The shape in several frames, with the noise of a detector in pixels."""
    rng = np.random.default_rng(1000 + seed)
    return [shape(seed) + rng.normal(0, noise, (21, 3)) for _ in range(frames)]


@pytest.fixture
def taught() -> CustomGestures:
    return CustomGestures().teach("rock", held(1)).teach("spock", held(2))


def test_nothing_taught_recognises_nothing():
    assert CustomGestures().recognise(shape(1)) == Match(None, None, float("inf"))


@pytest.mark.parametrize(("seed", "name"), [(3, None), (1, "rock"), (2, "spock"), (4, None)])
def test_names_what_was_taught_and_rejects_the_rest(taught: CustomGestures, seed: int, name: str | None):
    match = taught.recognise(held(seed + 0, 1, 2.0)[0])
    assert match.name == name
    assert match.nearest in taught.names
    assert (match.distance <= taught.threshold) == (name is not None)


@pytest.mark.parametrize("change", [lambda p: p * 3 + 40, lambda p: p * [-1, 1, 1], lambda p: p * [-0.5, 0.5, 0.5] - 9])
def test_position_size_and_handedness_do_not_matter(taught: CustomGestures, change):
    match = taught.recognise(change(shape(1)))
    assert match.name == "rock"
    assert match.distance == pytest.approx(taught.recognise(shape(1)).distance, abs=1e-5)


def test_upside_down_is_another_shape(taught: CustomGestures):
    assert taught.recognise(shape(1) * [1, -1, 1]).name is None


def test_teaching_and_forgetting_give_new_values(taught: CustomGestures):
    again = taught.teach(" rock ", held(5))
    assert again.names == ("spock", "rock")
    assert again.recognise(shape(5)).name == "rock"
    assert again.recognise(shape(1)).name is None
    assert taught.recognise(shape(1)).name == "rock"
    assert again.forget("rock").names == ("spock",)


def test_frames_of_a_moving_hand_are_not_used():
    gestures = CustomGestures().teach("rock", held(8, 3) + held(1, 12))
    assert gestures.recognise(shape(1)).name == "rock"
    assert gestures.recognise(shape(8)).name is None


def test_keeps_few_of_many_frames():
    gesture = CustomGestures().teach("rock", held(1, 125)).gestures[0]
    assert gesture.landmarks.shape == (MOST_FRAMES, 21, 3)


@pytest.mark.parametrize(
    ("name", "frames", "sentence"),
    [
        ("rock", [], "At least"),
        ("rock", held(1, LEAST_FRAMES - 1), "At least"),
        ("", held(1), "name"),
        ("  \n ", held(1), "name"),
        ("r" * (LONGEST_NAME + 1), held(1), "name"),
        ("ro\x00ck", held(1), "name"),
        ("none", held(1), "known already"),
        ("rock", [shape(seed) for seed in range(9)], "changed its shape"),
        ("rock", [np.full((21, 3), np.nan)] * 5, "21 points"),
        ("rock", [np.ones((21, 3))] * 5, "21 points"),
    ],
)
def test_refuses_with_a_sentence(name: str, frames: list[np.ndarray], sentence: str):
    with pytest.raises(TeachError, match=sentence):
        CustomGestures().teach(name, frames)


def test_refuses_one_gesture_too_many():
    gestures = CustomGestures()
    for number in range(MOST_GESTURES):
        gestures = gestures.teach(f"shape {number}", held(1, 3))
    assert len(gestures.teach("shape 3", held(2)).gestures) == MOST_GESTURES
    with pytest.raises(TeachError, match="Forget one"):
        gestures.teach("one more", held(1))


def test_landmarks_of_another_shape_are_a_fault_of_the_caller(taught: CustomGestures):
    with pytest.raises(ValueError, match="21, 3"):
        taught.recognise(np.zeros((21, 2)))


@pytest.mark.parametrize("gestures", [CustomGestures(), CustomGestures().teach("Vulkan-Gruß 🖖", held(1, 40))])
def test_a_saved_file_has_the_same_predictions(gestures: CustomGestures):
    content = gestures.to_json()
    loaded = CustomGestures.from_json(content)
    assert loaded.names == gestures.names
    for seed in (1, 2):
        before, after = gestures.recognise(shape(seed)), loaded.recognise(shape(seed))
        assert (after.name, after.nearest) == (before.name, before.nearest)
        assert after.distance == pytest.approx(before.distance, abs=1e-3)
    assert len(content) < 10_000


def changed(**fields: object) -> bytes:
    stored = json.loads(CustomGestures().teach("rock", held(1, 3)).to_json())
    return json.dumps(stored | fields).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no file of taught gestures"),
        (b"\x89PNG", "no file of taught gestures"),
        (b"[]", "no file of taught gestures"),
        (b"{}", "gestures: Field required"),
        (changed(format="x"), "format"),
        (changed(schema=2), "schema"),
        (changed(gestures=[{"name": "rock", "landmarks": []}]), "landmarks"),
        (changed(gestures=[{"name": "rock", "landmarks": [[[0, 0, 0]] * 20]}]), "landmarks"),
        (changed(gestures=[{"name": "rock", "landmarks": [[[0, 0, 0]] * 21]}]), "21 points"),
        (changed(gestures=[{"name": "rock", "landmarks": [[[1e300, 0, 0]] * 21]}]), "landmarks"),
        (changed(gestures=[{"name": "", "landmarks": [shape(1).round().tolist()]}]), "landmarks"),
        (changed(gestures=json.loads(changed())["gestures"] * 2), "name of its own"),
        (changed(gestures=[json.loads(changed())["gestures"][0] | {"name": " "}]), "name has"),
    ],
)
def test_refuses_a_file_of_anything_else(content: bytes, sentence: str):
    with pytest.raises(TeachError, match=sentence):
        CustomGestures.from_json(content)
