from pathlib import Path

import numpy as np
import pytest

from benchmarks.siege.files import packed
from fizzog_core.datasets import uploads
from fizzog_core.errors import DataError
from tests.support.uploads import FACE, fer2013, keypoints, png


def test_fer2013() -> None:
    found = uploads.read(fer2013(f"3,{FACE},PublicTest", f"0,{FACE},Training"))
    assert (found.kind, found.pictures.shape) == ("fer2013", (2, 48, 48))
    assert (found.label.tolist(), found.split.tolist()) == (["happy", "angry"], ["PublicTest", "Training"])
    assert found.refused.empty


def test_fer2013_without_usage() -> None:
    assert uploads.read(fer2013(f"3,{FACE}", header="emotion, pixels")).split.tolist() == ["all"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("", ""),
        (f"7,{FACE},Training", "expected an emotion from 0 to 6, got '7'"),
        ("3,1 2 3,Training", "expected 2,304 pixels, got 3"),
        (f"3,{FACE.replace('7', '256', 1)},Training", "whole numbers from 0 to 255"),
        (f"3,{FACE},Test", "expected a Usage out of"),
        (f"3,{FACE}", "more or fewer cells"),
        (f"3,{FACE},Training,x", "more or fewer cells"),
    ],
)
def test_bad_rows_are_refused_by_number(row: str, reason: str) -> None:
    found = uploads.read(fer2013(f"3,{FACE},Training", row, f"4,{FACE},Training"))
    assert found.where.tolist() == (["row 1", "row 3"] if reason else ["row 1", "row 2"])
    assert list(found.refused["where"]) == (["row 2"] if reason else [])
    assert all(reason in said for said in found.refused["reason"])


def test_rows_over_the_limit_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_ROWS", 2)
    found = uploads.read(fer2013(*[f"3,{FACE},Training"] * 4))
    assert len(found.label) == 2
    assert found.refused.to_numpy().tolist() == [["row 3 and later", "only the first 2 rows are read"]]


def test_keypoints() -> None:
    found = uploads.read(keypoints(nose_tip_x="", nose_tip_y=""))
    assert found.kind == "keypoints"
    assert found.points_px is not None
    assert np.isnan(found.points_px[0, 10]).all()
    assert np.nanmean(found.points_px) == 40.5


def test_folders() -> None:
    found = uploads.read(
        packed({"set/cat/1.png": png(), "set/dog/2.png": png(30, 20), "__MACOSX/set/cat/._1.png": b"x"})
    )
    assert (found.kind, found.label.tolist()) == ("folders", ["cat", "dog"])
    assert found.pictures.shape == (2, 96, 96)
    assert found.where.tolist() == ["set/cat/1.png", "set/dog/2.png"]


def test_bad_files_of_a_zip_are_refused_by_name() -> None:
    found = uploads.read(packed({"cat/1.png": png(), "cat/2.png": b"no picture", "3.png": png()}))
    assert found.where.tolist() == ["cat/1.png"]
    assert found.refused["where"].tolist() == ["cat/2.png", "3.png"]
    assert "not a picture" in found.refused["reason"][0]
    assert "in no folder" in found.refused["reason"][1]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00\x01", "neither a zip nor a csv"),
        (b"a,b\n1,2\n", "columns emotion, pixels"),
        (fer2013(), "no usable row"),
        (fer2013("9,1,Training"), "no usable row; 1 were refused"),
        (keypoints(left_eye_center_x="far"), "expected a number or nothing"),
        (keypoints(left_eye_center_x="1e9"), "far outside"),
        (keypoints(left_eye_center_x="900"), "far outside"),
        (packed({}), "no usable row"),
        (packed({"cat/1.png": png()})[:60], "damaged"),
        (packed({f"{i}/1.png": b"" for i in range(51)}), "at most 50 classes"),
    ],
)
def test_refused_whole(data: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        uploads.read(data)


def test_a_file_over_the_limit() -> None:
    with pytest.raises(DataError, match="at most 20 MB"):
        uploads.read(b"x" * (uploads.MAX_FILE_BYTES + 1))


def test_a_zip_bomb_is_refused_by_its_declared_size() -> None:
    bomb = packed({f"cat/{i}.png": bytes(30_000_000) for i in range(4)})
    assert len(bomb) < 1_000_000
    with pytest.raises(DataError, match=r"120 MB\. Expected at most"):
        uploads.read(bomb)


def test_a_zip_bomb_that_lies_is_cut_off() -> None:
    data = bytearray(packed({"cat/1.png": bytes(30_000_000), "cat/2.png": png()}))
    for place in (data.find(b"PK\x03\x04") + 22, data.find(b"PK\x01\x02") + 24):
        data[place : place + 4] = (1000).to_bytes(4, "little")
    found = uploads.read(bytes(data))
    assert found.where.tolist() == ["cat/2.png"]
    assert found.refused["where"].tolist() == ["cat/1.png"]


def test_a_picture_over_the_limit() -> None:
    found = uploads.read(packed({"cat/1.png": bytes(uploads.MAX_PICTURE_BYTES + 1), "cat/2.png": png()}))
    assert "more than 5 MB unpacked" in found.refused["reason"][0]


def test_too_many_pictures() -> None:
    with pytest.raises(DataError, match="holds 1,001 files"):
        uploads.read(packed({f"cat/{i}.png": b"" for i in range(1001)}))


def test_a_picture_with_too_many_pixels() -> None:
    found = uploads.read(packed({"cat/1.png": png(3600), "cat/2.png": png()}))
    assert "too large" in found.refused["reason"][0]


@pytest.mark.slow
def test_small_files_with_large_pictures_are_read_up_to_a_number_of_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_ZIP_S", 600.0)  # on a busy machine the time would end it sooner
    picture = png(3464)  # 12 megapixels
    data = packed({f"cat/{i}.png": picture for i in range(100)})
    assert len(data) < 2_000_000
    found = uploads.read(data)
    assert len(found.label) == 17
    assert found.refused["where"].tolist() == ["cat/17.png and later"]
    assert "the first 17 files take more than 200 megapixels or 600 s" in found.refused["reason"][0]


def test_a_zip_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_ZIP_S", -1.0)
    with pytest.raises(DataError, match="the first 0 files take more than"):
        uploads.read(packed({"cat/1.png": png()}))


def test_long_names_take_little_memory() -> None:
    names = [f"cat/{'a' * 60_000}{i}.png" for i in range(20)]
    found = uploads.read(packed({name: png() for name in names} | {f"{'b' * 61}/1.png": png(), "cat/1.png": b"x" * 99}))
    assert len(found.label) == 20
    assert found.where.nbytes < 20_000
    assert found.refused["where"].str.len().max() <= 200
    assert "more than 60 characters" in found.refused["reason"][0]


def test_spaces_around_headers_and_cells() -> None:
    found = uploads.read(fer2013(f" 3 , {FACE} , PublicTest ", header="emotion, pixels, Usage"))
    assert (found.label.tolist(), found.split.tolist()) == (["happy"], ["PublicTest"])


@pytest.mark.parametrize("cell", ["", "NaN", " nan ", "NA", "null", "None"])
@pytest.mark.parametrize("columns", ["x", "y", "xy"])
def test_a_point_with_a_missing_cell_is_masked(cell: str, columns: str) -> None:
    found = uploads.read(keypoints(**{f"left_eye_center_{axis}": cell for axis in columns}))
    assert found.points_px is not None
    assert np.isnan(found.points_px[0, 0]).all()
    assert not np.isnan(found.points_px[0, 1:]).any()


def test_a_zip_with_backslashes_has_class_folders() -> None:
    found = uploads.read(packed({"happy\\": b"", "happy\\a.png": png(), "sad\\b.png": png(), "__MACOSX\\c.png": b"x"}))
    assert found.label.tolist() == ["happy", "sad"]


def test_the_shared_cases(shared_cases: Path) -> None:
    fer = uploads.read((shared_cases / "fer2013_space_before_usage.csv").read_bytes())
    assert (fer.kind, len(fer.refused)) == ("fer2013", 0)
    assert set(fer.split.tolist()) <= {"Training", "PublicTest", "PrivateTest"}
    points = uploads.read((shared_cases / "keypoints_nan_cells.csv").read_bytes())
    assert (points.kind, len(points.refused)) == ("keypoints", 0)
    assert points.points_px is not None
    assert np.isnan(points.points_px).any()
    folders = uploads.read((shared_cases / "zip_made_on_windows.zip").read_bytes())
    assert (folders.kind, len(folders.refused)) == ("folders", 0)
    assert len(set(folders.label.tolist())) > 1
