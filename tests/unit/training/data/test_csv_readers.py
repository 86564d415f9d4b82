"""The public csv files: what is read, what is refused and why, what is no such file."""

from pathlib import Path

import numpy as np
import pytest

from fizzog_core.errors import DataError
from fizzog_core.labels import KEYPOINT_NAMES
from training.data import csv_readers
from training.data.sets import VOTE_NAMES, EmotionData

FACE = " ".join(["7"] * 2304)
IMAGE = " ".join(str(n % 256) for n in range(9216))


def fer_csv(path: Path, rows: list[str], header: str = "emotion,pixels,Usage") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def keypoint_csv(path: Path, cells: dict[str, str], names: list[str] | None = None) -> Path:
    """One row: every coordinate 48 but for ``cells``; the columns as in ``names``."""
    names = names or [*csv_readers.KEYPOINT_COLUMNS, "Image"]
    values = dict.fromkeys(names, "48") | {"Image": IMAGE} | cells
    path.write_text(",".join(names) + "\n" + ",".join(values[name] for name in names) + "\n")
    return path


def test_faces_labels_and_usages_are_read(tmp_path: Path) -> None:
    rows = [f"3,{' '.join(str(n % 256) for n in range(2304))},Training", f"6,{FACE},PrivateTest"]
    data, numbers, refused = csv_readers.fer2013(fer_csv(tmp_path / "f.csv", rows))
    assert data.pixels.shape == (2, 48, 48)
    assert data.pixels.dtype == np.uint8
    assert data.pixels[0, 1, 2] == 50
    assert data.emotion.tolist() == [3, 6]
    assert data.usage.tolist() == [0, 2]
    assert numbers.tolist() == [0, 1]
    assert refused == []


def test_columns_may_stand_in_any_order_with_blanks(tmp_path: Path) -> None:
    path = fer_csv(tmp_path / "f.csv", [f"2,PublicTest,{FACE}"], "emotion, Usage, pixels")
    assert csv_readers.fer2013(path)[0].usage.tolist() == [1]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("0,,Training", "expected 2,304 pixels, got 0"),
        ("0,1 2 3,Training", "expected 2,304 pixels, got 3"),
        (f"0,{FACE} 1,Training", "expected 2,304 pixels, got 2,305"),
        (f"0,{FACE[:-1]}256,Training", "whole numbers from 0 to 255"),
        (f"0,{FACE[:-1]}-1,Training", "whole numbers from 0 to 255"),
        (f"0,{FACE[:-1]}x,Training", "whole numbers from 0 to 255"),
        (f"0,{FACE[:-1]}{10**30},Training", "whole numbers from 0 to 255"),
        (f"7,{FACE},Training", "expected an emotion from 0 to 6, got '7'"),
        (f"happy,{FACE},Training", "expected an emotion from 0 to 6, got 'happy'"),
        (f"0,{FACE},Test", "expected a Usage out of Training, PublicTest, PrivateTest, got 'Test'"),
        (f"0,{FACE}", "more or fewer cells"),
        (f"0,{FACE},Training,1", "more or fewer cells"),
    ],
)
def test_a_bad_row_is_refused_by_its_number(tmp_path: Path, row: str, reason: str) -> None:
    good = f"0,{FACE},Training"
    data, numbers, refused = csv_readers.fer2013(fer_csv(tmp_path / "f.csv", [good, row, good]))
    assert len(data.pixels) == 2
    assert numbers.tolist() == [0, 2]
    assert [refusal.where for refusal in refused] == ["row 2"]
    assert reason in refused[0].reason


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks 3 of 3 columns"),
        (b"emotion,pixels,Usage\n", "no usable row"),
        (b"emotion,pixels,Usage\n0,1,Training\n", "row 1: expected 2,304 pixels"),
        (b"a,b\n1,2\n", "lacks 3 of 3 columns: emotion, pixels, Usage"),
        (b"PK\x03\x04\xff\xfe\x00", "not a csv file"),
    ],
)
def test_another_file_is_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        csv_readers.fer2013(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        csv_readers.fer2013(tmp_path / "none.csv")


def test_counts_other_than_the_published_are_an_error() -> None:
    counts = list(csv_readers.PUBLISHED_COUNTS.values())
    usage = np.repeat(np.arange(3, dtype=np.uint8), counts)
    pixels, emotion = np.zeros((len(usage), 0, 0), np.uint8), np.zeros(len(usage), np.uint8)
    csv_readers.check_published(EmotionData(pixels, emotion, usage))
    with pytest.raises(DataError, match=r"Training 28,708 \(expected 28,709\).*--partial"):
        csv_readers.check_published(EmotionData(pixels[1:], emotion[1:], usage[1:]))


def votes_csv(path: Path, usages: list[str], last: str = "9") -> Path:
    rows = [f"{usage},fer{n:07d}.png,{n},0,0,0,0,0,0,0,0,{last}" for n, usage in enumerate(usages)]
    path.write_text("\n".join([",".join(["Usage", "Image name", *VOTE_NAMES]), *rows]) + "\n")
    return path


def test_votes_belong_to_the_rows_that_were_kept(tmp_path: Path) -> None:
    rows = [f"0,{FACE},Training", "0,1,Training", f"0,{FACE},PublicTest"]
    data, numbers, _ = csv_readers.fer2013(fer_csv(tmp_path / "f.csv", rows))
    votes = csv_readers.ferplus(votes_csv(tmp_path / "v.csv", ["Training", "Training", "PublicTest"]), data, numbers)
    assert votes.dtype == np.uint8
    assert votes.tolist() == [[0, *[0] * 8, 9], [2, *[0] * 8, 9]]


@pytest.mark.parametrize(
    ("usages", "last", "message"),
    [
        (["Training"], "9", "does not belong to this FER2013"),
        (["PublicTest", "Training"], "9", "does not belong to this FER2013"),
        (["Training", "PublicTest"], "x", "row 1: invalid literal"),
        (["Training", "PublicTest"], "300", "row 1: expected votes from 0 to 255"),
    ],
)
def test_votes_of_another_file_are_an_error(tmp_path: Path, usages: list[str], last: str, message: str) -> None:
    path = fer_csv(tmp_path / "f.csv", [f"0,{FACE},Training", f"0,{FACE},PublicTest"])
    data, numbers, _ = csv_readers.fer2013(path)
    with pytest.raises(DataError, match=message):
        csv_readers.ferplus(votes_csv(tmp_path / "v.csv", usages, last), data, numbers)


def test_points_go_by_the_headers_and_empty_cells_stay_missing(tmp_path: Path) -> None:
    cells = {"nose_tip_x": "", "nose_tip_y": "", "left_eye_center_x": "66.5", "left_eye_center_y": "39.25"}
    names = ["Image", *reversed(csv_readers.KEYPOINT_COLUMNS)]
    data, refused = csv_readers.keypoints(keypoint_csv(tmp_path / "training.csv", cells, names))
    assert refused == []
    assert data.pixels.shape == (1, 96, 96)
    assert data.pixels[0, 0, :3].tolist() == [0, 1, 2]
    assert data.keypoints_px[0, 0].tolist() == [66.5, 39.25]
    missing = np.isnan(data.keypoints_px[0]).all(axis=1)
    assert [name for name, gone in zip(KEYPOINT_NAMES, missing, strict=True) if gone] == ["nose_tip"]
    assert data.rim == 0
    assert data.subject.tolist() == ["row 1"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Image": "1 2"}, "expected 9,216 pixels, got 2"),
        ({"nose_tip_x": "abc"}, "nose_tip_x: expected a number or nothing, got 'abc'"),
        ({"nose_tip_x": "1000"}, "nose_tip_x: 1000 lies far outside"),
        ({"nose_tip_x": "inf"}, "far outside"),
    ],
)
def test_a_bad_face_is_refused(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    with pytest.raises(DataError, match="row 1: .*" + reason):
        csv_readers.keypoints(keypoint_csv(tmp_path / "training.csv", cells))


def test_kaggles_test_csv_without_points_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(f"ImageId,Image\n1,{IMAGE}\n")
    with pytest.raises(DataError, match="lacks 30 of 31 columns"):
        csv_readers.keypoints(tmp_path / "test.csv")
