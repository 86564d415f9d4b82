import numpy as np
import pytest

from training.fit import degrade

FACE = np.random.default_rng(1).integers(40, 200, (48, 48), dtype=np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        degrade.blur, degrade.few_pixels, degrade.jpeg, degrade.noise, degrade.light, degrade.dark, degrade.black_rim,
        degrade.erase,
    ],
)  # fmt: skip
def test_a_fault_changes_the_picture_and_keeps_its_form(change) -> None:
    before = FACE.copy()
    changed = change(np.random.default_rng(0), FACE)
    assert changed.shape == FACE.shape
    assert changed.dtype == np.uint8
    assert (changed != FACE).any()
    np.testing.assert_array_equal(FACE, before)


def test_a_black_rim_is_black_outside_and_the_face_inside() -> None:
    masked = degrade.black_rim(np.random.default_rng(0), FACE)
    assert not masked[0].any()
    assert not masked[:, 0].any()
    np.testing.assert_array_equal(masked[24:30, 22:26], FACE[24:30, 22:26])


def test_filling_a_rim_leaves_no_black_outside_and_the_face_alone() -> None:
    picture = FACE.copy()
    picture[:, :4] = 0
    filled = degrade.fill_rim(np.random.default_rng(0), picture)
    assert len(np.unique(filled[:, :4])) == 1
    assert filled[0, 0] >= 20
    np.testing.assert_array_equal(filled[:, 4:], FACE[:, 4:])


def test_the_same_seed_gives_the_same_faults() -> None:
    one, again = (degrade.degrade(np.random.default_rng(5), FACE) for _ in range(2))
    np.testing.assert_array_equal(one, again)
