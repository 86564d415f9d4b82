"""Exact and near duplicates are found; different pictures are not."""

import cv2
import numpy as np
import pytest

from tests.support.scenes import scenes
from training.data import duplicates
from training.data.duplicates import SIDE, across, clusters, digest, near_pairs


def shifted(picture: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(
        picture, np.array([[1, 0, 1], [0, 1, -1]], float), (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE
    )


CHANGES = {
    "darker": lambda p: (p * 0.6).astype(np.uint8),
    "compressed": lambda p: cv2.imdecode(
        cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], cv2.IMREAD_GRAYSCALE
    ),
    "shifted": shifted,
    "small and enlarged": lambda p: cv2.resize(cv2.resize(p, (36, 36), interpolation=cv2.INTER_AREA), (SIDE, SIDE)),
}


@pytest.mark.parametrize("count", [0, 1, 60])
def test_strangers_are_no_pairs(count: int) -> None:
    assert near_pairs(scenes(count)).shape == (0, 2)


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_a_near_duplicate(change: str) -> None:
    pictures = scenes(40)
    copy = CHANGES[change](pictures[7])
    assert near_pairs(np.concatenate([pictures, copy[None]])).tolist() == [[7, 40]]


def test_like_shapes_with_other_details_are_none() -> None:
    random = np.random.default_rng(0)
    shape = cv2.resize(random.uniform(40, 200, (5, 5)), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    pictures = np.clip(shape + random.normal(0, 8, (2, SIDE, SIDE)), 0, 255).astype(np.uint8)
    assert duplicates.correlation(*pictures) >= duplicates.MIN_CORRELATION
    assert len(near_pairs(pictures)) == 0


def test_blank_pictures_are_not_near_duplicates() -> None:
    assert len(near_pairs(np.full((3, SIDE, SIDE), 7, dtype=np.uint8))) == 0


def test_only_pairs_of_two_groups_are_looked_at() -> None:
    pictures = np.repeat(scenes(2), 2, axis=0)
    assert near_pairs(pictures).tolist() == [[0, 1], [2, 3]]
    assert near_pairs(pictures, np.array([0, 0, 0, 1])).tolist() == [[2, 3]]


def test_chunks_do_not_change_the_pairs() -> None:
    pictures = np.concatenate([scenes(20), scenes(20)])
    whole = near_pairs(pictures)
    assert np.array_equal(near_pairs(pictures, chunk=7), whole)
    assert len(whole) == 20


def test_rows_with_a_duplicate_are_counted_once_for_each_two_splits() -> None:
    base = scenes(6)
    pictures = np.concatenate([base, base[:1], base[:1], shifted(base[1])[None]])
    split = np.array(["train"] * 3 + ["validation"] * 3 + ["test", "test", "test"])
    keys = [digest(picture.tobytes()) for picture in pictures]
    found = across(pictures, keys, split, ("train", "validation", "test"))
    assert [(o.later, o.earlier, o.exact, o.near) for o in found.overlaps] == [
        ("validation", "train", 0, 0),
        ("test", "train", 2, 1),
        ("test", "validation", 0, 0),
    ]
    assert found.exact.tolist() == [[6, 0], [7, 0]]
    assert found.near.tolist() == [[8, 1]]


def test_one_split_has_no_overlaps() -> None:
    pictures = scenes(2)
    found = across(pictures, [b"a", b"a"], np.array(["train", "train"]), ("train", "test"))
    assert found.overlaps == ()
    assert len(found.exact) == 0


@pytest.mark.parametrize(
    ("count", "pairs", "expected"),
    [(0, [], []), (3, [], [0, 1, 2]), (5, [[1, 3], [3, 4]], [0, 1, 2, 1, 1])],
)
def test_clusters_are_named_by_their_lowest_row(count: int, pairs: list[list[int]], expected: list[int]) -> None:
    assert clusters(count, np.array(pairs, dtype=np.int64).reshape(-1, 2)).tolist() == expected
