import cv2
import numpy as np
import pandas as pd
import pytest

from fizzog_core.datasets import image_stats


def noise(count: int = 4, side: int = 48) -> np.ndarray:
    smooth = np.random.default_rng(0).integers(0, 256, (count, 6, 6), dtype=np.uint8)
    return np.stack([cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC) for small in smooth])


def written() -> np.ndarray:
    paper = np.full((96, 96), 255, dtype=np.uint8)
    for line in range(5):
        cv2.putText(
            paper, "this image is gone", (4, 14 + 16 * line), cv2.FONT_HERSHEY_PLAIN, 0.6, (110,), 1, cv2.LINE_AA
        )
    return cv2.resize(paper, (48, 48), interpolation=cv2.INTER_AREA)


def icon() -> np.ndarray:
    picture = np.zeros((48, 48), dtype=np.uint8)
    cv2.circle(picture, (24, 24), 10, (90,), -1)
    return picture


def test_no_pictures() -> None:
    found = image_stats.table(np.empty((0, 48, 48), dtype=np.uint8))
    assert list(found.columns) == ["brightness", "contrast", "sharpness", "kind"]
    assert found.empty


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (noise(1)[0], ""),
        (np.full((48, 48), 30, dtype=np.uint8), "blank"),
        (written(), "text"),
        (icon(), "icon or plain"),
        (np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8), "drawing"),
    ],
    ids=["ordinary", "blank", "text", "icon", "drawing"],
)
def test_kinds(picture: np.ndarray, kind: str) -> None:
    assert image_stats.table(picture[None])["kind"].iloc[0] == kind


def test_light_and_contrast() -> None:
    pictures = noise(3)
    found = image_stats.table(pictures)
    assert found["brightness"].tolist() == pytest.approx(pictures.mean(axis=(1, 2)).tolist(), abs=0.06)
    assert found["contrast"].tolist() == pytest.approx(pictures.std(axis=(1, 2)).tolist(), abs=0.06)


def test_a_blurred_picture_is_less_sharp() -> None:
    sharp = noise(1)[0]
    blurred = cv2.GaussianBlur(sharp, (9, 9), 3)
    found = image_stats.table(np.stack([sharp, blurred]))["sharpness"]
    assert found[1] < found[0] / 2


def test_class_means() -> None:
    pictures, labels = noise(5), np.array(["b", "a", "b", "a", "a"])
    found = image_stats.class_means(pictures, labels).set_index("label")
    assert found["count"].to_dict() == {"all": 5, "a": 3, "b": 2}
    np.testing.assert_allclose(found.loc["a", "mean"], pictures[[1, 3, 4]].mean(axis=0).ravel(), atol=0.051)
    np.testing.assert_allclose(found.loc["b", "deviation"], pictures[[0, 2]].std(axis=0).ravel(), atol=0.051)


@pytest.mark.parametrize(
    ("values", "expected"), [([5.0] * 4, [[0, 0], [0, 0]]), ([0.0, 1, 2, 4], [[0, 64], [128, 255]])]
)
def test_as_picture(values: list[float], expected: list[list[int]]) -> None:
    assert image_stats.as_picture(values).tolist() == expected


def test_exact_duplicates_name_the_first() -> None:
    one, other = noise(2)
    blank = np.zeros_like(one)
    pictures = np.stack([blank, one, other, one, blank, one])
    assert image_stats.exact_duplicates(pictures).to_numpy().tolist() == [[3, 1], [5, 1]]
    assert image_stats.exact_duplicates(pictures[:0]).empty


def test_histogram_shares_sum_to_one() -> None:
    values = pd.Series(np.random.default_rng(0).normal(10, 3, 200))
    found = image_stats.histogram(values, pd.Series(["a"] * 150 + ["b"] * 50))
    assert found.groupby("group")["share"].sum().tolist() == pytest.approx([1, 1])
    assert image_stats.histogram(values[:0], pd.Series(dtype=str)).empty
    one = image_stats.histogram(pd.Series([2.0, 2.0]), pd.Series(["a", "a"]))
    assert one["share"].sum() == pytest.approx(1)
