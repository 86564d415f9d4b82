"""Splits by group and by ranges of frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data import splits
from training.data.sets import SPLITS


@given(st.lists(st.sampled_from("abcdefghijklmnop"), max_size=200), st.integers(0, 5))
def test_no_group_straddles_whatever_the_order_of_the_rows(names: list[str], seed: int) -> None:
    groups = np.array(names, dtype=str)
    split = splits.by_group(groups, seed)
    assert splits.straddling(groups, split) == []
    assert set(split.tolist()) <= set(SPLITS)
    assert np.array_equal(splits.by_group(groups[::-1], seed), split[::-1])


@given(st.integers(20, 400), st.integers(0, 5))
def test_groups_of_one_row_fill_each_split_to_its_share(count: int, seed: int) -> None:
    split = splits.by_group(np.array([str(n) for n in range(count)]), seed)
    for name, share in zip(SPLITS, splits.SHARES, strict=True):
        assert abs((split == name).sum() - share * count) <= 1


def test_another_seed_draws_other_groups() -> None:
    groups = np.array([str(n) for n in range(100)])
    assert not np.array_equal(splits.by_group(groups, 1), splits.by_group(groups, 2))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [([], []), ([1, 2400], ["train", "train"]), ([2400, 2401, 3000], ["train", "validation", "validation"])],
)
def test_first_frames_train_on_the_first_2400(numbers: list[int], expected: list[str]) -> None:
    assert splits.first_frames(np.array(numbers, dtype=np.int64)).tolist() == expected


@given(st.sets(st.integers(0, 5000), max_size=300))
def test_frames_in_different_blocks_are_never_neighbours(numbers: set[int]) -> None:
    frames = np.array(sorted(numbers), dtype=np.int64)
    split = splits.blocks(frames)
    gap = max(2.0, splits.GAP * (frames.max() - frames.min() + 1)) if len(frames) else 0
    kept, sides = frames[split != ""], split[split != ""]
    for left, right, a, b in zip(kept, kept[1:], sides, sides[1:], strict=False):
        assert a == b or right - left >= gap
        assert SPLITS.index(a) <= SPLITS.index(b)


def test_blocks_of_kaggles_3000_frames_leave_thirty_out_at_each_border() -> None:
    split = splits.blocks(np.arange(1, 3001))
    counts = {name: int((split == name).sum()) for name in (*SPLITS, "")}
    assert counts == {"train": 2086, "validation": 421, "test": 435, "": 58}


@pytest.mark.parametrize(
    ("groups", "split", "expected"),
    [([], [], []), (["a", "a", "b"], ["train", "test", "test"], ["a"]), (["a", "b"], ["train", "test"], [])],
)
def test_straddling_names_the_groups_in_two_splits(groups: list[str], split: list[str], expected: list[str]) -> None:
    assert splits.straddling(np.array(groups, dtype=str), np.array(split, dtype=str)) == expected
