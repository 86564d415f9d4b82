from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest

from fizzog_core import settings
from fizzog_core.errors import ModelError
from fizzog_core.labels import EMOTIONS, TASKS
from fizzog_core.networks import loading, model_card, preprocessing
from fizzog_core.networks.predictor import Networks
from fizzog_core.types import Frame
from fizzog_core.vision import crops
from tests.support.fakes import make_card, make_face, publish_tiny
from training.release import served


@pytest.mark.parametrize("count", [0, 1, 3, 32, 33, 70])
def test_any_number_of_rows_returns_the_same_number_of_outputs(
    tiny_networks: Networks, count: int, rng: np.random.Generator
) -> None:
    rows = rng.uniform(0, 255, (count, 48, 48, 1)).astype(np.float32)
    answers = tiny_networks.emotion.predict(rows)
    assert answers.shape == (count, 7)
    assert answers.dtype == np.float32
    assert answers.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-5)
    for row, answer in zip(rows, answers, strict=True):  # what is asked beside it changes nothing
        assert tiny_networks.emotion.predict(row[None])[0] == pytest.approx(answer, abs=1e-5)


def test_rows_of_another_shape_are_refused(tiny_networks: Networks) -> None:
    with pytest.raises(ValueError, match=r"emotion network takes \(N, \*\(48, 48, 1\)\), got \(2, 96, 96, 1\)"):
        tiny_networks.emotion.predict(np.zeros((2, 96, 96, 1), dtype=np.float32))


def test_threads_share_a_network(tiny_networks: Networks, rng: np.random.Generator) -> None:
    batches = [rng.uniform(0, 255, (1 + i % 5, 48, 48, 1)).astype(np.float32) for i in range(40)]
    alone = [tiny_networks.emotion.predict(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(tiny_networks.emotion.predict, batches))
    for a, b in zip(alone, together, strict=True):
        assert a == pytest.approx(b, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_a_published_network_has_the_outputs_of_keras(task: str, rng: np.random.Generator) -> None:
    folder = settings.ROOT / "models" / task
    network, original = loading.load(folder), keras.saving.load_model(folder / model_card.NETWORK_FILE, compile=False)
    rows = rng.uniform(0, 255 if network.card.input == "pixels" else 1, (5, *network.row_shape)).astype(np.float32)
    outputs = network.predict(rows)
    assert outputs.shape == (5, network.outputs)
    assert outputs[:, : model_card.output_size(network.card)] == pytest.approx(
        original.predict_on_batch(rows), abs=served.TOLERANCE[task]
    )


@pytest.mark.slow
def test_the_published_keypoint_network_tells_a_face_from_its_surroundings(astronaut: Frame) -> None:
    network = loading.load(settings.ROOT / "models" / "keypoints")
    places = [make_face(*place) for place in ((170, 65, 110), (170, 265, 110), (20, 20, 110), (330, 300, 150))]
    cut = [crops.cut(astronaut, place, network.card.crop_geometry, 96) for place in places]
    found = loading.to_keypoints(network.predict(preprocessing.to_batch(cut, network.card)), cut, network.card)
    face, *others = [points.presence for points in found]
    assert face is not None
    assert 0.05 < face <= 1
    assert all(other is not None and 0 < other < 0.05 for other in others)


def test_scores_and_keypoints_from_outputs(frame: Frame) -> None:
    card = make_card("emotion", not_sure_below=0.4)
    outputs = np.eye(7, dtype=np.float32)[[3, 0]]
    first, second = loading.to_scores(outputs, card)
    assert (first.label, second.label, first.threshold) == (EMOTIONS[3], EMOTIONS[0], 0.4)
    card = make_card("keypoints", crop_margin=0.0, crop_shift_down=0.0)
    crop = crops.cut(frame, make_face(100, 60, 80), card.crop_geometry, 96)
    points = loading.to_keypoints(np.full((1, 30), 0.5, dtype=np.float32), [crop], card)[0]
    assert points.xy_px == pytest.approx(np.full((15, 2), (140, 100)), abs=1e-3)
    assert points.presence is None
    with_presence = np.full((1, 31), 0.5, dtype=np.float32)
    with_presence[0, 30] = 0.25
    points = loading.to_keypoints(with_presence, [crop], card)[0]
    assert points.xy_px == pytest.approx(np.full((15, 2), (140, 100)), abs=1e-3)
    assert points.presence == 0.25
    assert loading.to_scores(np.empty((0, 7), np.float32), card) == ()
    assert loading.to_keypoints(np.empty((0, 30), np.float32), [], card) == ()


def test_a_missing_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No card at"):
        loading.load_all(tmp_path)
    model_card.save(make_card("emotion"), tmp_path)
    with pytest.raises(ModelError, match="No network at"):
        loading.load(tmp_path)


def test_a_changed_network_is_refused(tmp_path: Path) -> None:
    publish_tiny(tmp_path, make_card("gesture"))
    path = tmp_path / model_card.SERVED_FILE
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ModelError, match="expected SHA-256"):
        loading.load(tmp_path)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / model_card.SERVED_FILE
    path.write_bytes(b"not a network")
    model_card.save(make_card("gesture", served_sha256=model_card.checksum(path)), tmp_path)
    with pytest.raises(ModelError, match="LiteRT cannot run"):
        loading.load(tmp_path)


@pytest.mark.parametrize(
    ("changes", "part_of_message"),
    [
        ({"input_size": 64}, "the card describes input and output"),
        ({"channels": 3}, "the card describes input and output"),
        ({"labels": EMOTIONS[:6]}, "expected labels"),
        ({"labels": (*EMOTIONS[:6], "bored")}, "expected labels"),
    ],
)
def test_a_card_of_another_network_is_refused(tmp_path: Path, changes: dict[str, object], part_of_message: str) -> None:
    card = publish_tiny(tmp_path, make_card("emotion"))
    model_card.save(make_card("emotion", served_sha256=card.served_sha256, **changes), tmp_path)
    with pytest.raises(ModelError, match=part_of_message):
        loading.load(tmp_path)
