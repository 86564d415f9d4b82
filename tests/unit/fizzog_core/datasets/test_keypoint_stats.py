import numpy as np
import pandas as pd
import pytest

from fizzog_core.datasets import augmentation, keypoint_stats
from fizzog_core.labels import KEYPOINT_NAMES

HALF = {"eye_center": (18, 0), "eye_inner_corner": (11, 0), "eye_outer_corner": (25, 1), "eyebrow_inner_end": (10, -11),
        "eyebrow_outer_end": (32, -9)}  # fmt: skip


def upright() -> np.ndarray:
    """A symmetric face (15, 2): middle of the eyes at (48, 38), the subject's left on the right."""
    points = []
    for name in KEYPOINT_NAMES:
        side = 1 if name.startswith("left") or "_left_" in name else -1
        middle = {"nose_tip": (0, 20), "mouth_center_top_lip": (0, 34), "mouth_center_bottom_lip": (0, 46)}.get(name)
        x, y = middle or HALF.get(name.partition("_")[2], (15, 40))
        points.append((48 + side * x, 38 + y))
    return np.array(points, dtype=np.float32)


def faces(*points: np.ndarray) -> np.ndarray:
    return np.stack(points).astype(np.float32)


def test_no_faces() -> None:
    assert keypoint_stats.rows(np.empty((0, 15, 2), dtype=np.float32)).empty
    assert keypoint_stats.clouds(np.empty((0, 15, 2), dtype=np.float32), np.empty(0, dtype=str)).empty
    none = keypoint_stats.ellipses(keypoint_stats.moments(np.empty((0, 15, 2), np.float32), pd.DataFrame({"s": []})))
    assert list(none["point"]) == list(KEYPOINT_NAMES)
    assert none["x"].isna().all()
    assert keypoint_stats.outlines(none).empty


def test_a_symmetric_face() -> None:
    found = keypoint_stats.rows(faces(upright())).iloc[0]
    assert found["missing"] == 0
    assert found["eye_distance_px"] == pytest.approx(36)
    assert (found["roll_deg"], found["yaw"], found["asymmetry"]) == pytest.approx((0, 0, 0))
    assert found["pitch"] == pytest.approx(0.5)
    assert not found["crossed"]


def test_a_turned_picture_changes_only_the_tilt() -> None:
    matrix = augmentation.affine(96, 96, angle_deg=20, zoom=0.8)
    found = keypoint_stats.rows(faces(upright(), augmentation.warp_points(upright(), matrix)))
    assert found["roll_deg"].tolist() == pytest.approx([0, 20], abs=0.01)
    assert found["eye_distance_px"].tolist() == pytest.approx([36, 28.8], abs=0.01)
    assert found.loc[1, ["yaw", "pitch", "asymmetry"]].tolist() == pytest.approx([0, 0.5, 0], abs=1e-3)


def test_a_nose_to_the_side_is_yaw_and_changes_sign_in_the_mirror() -> None:
    turned = upright()
    turned[KEYPOINT_NAMES.index("nose_tip"), 0] += 9
    mirrored = augmentation.warp_points(turned, augmentation.affine(96, 96, mirrored=True))
    assert keypoint_stats.rows(faces(turned, mirrored))["yaw"].tolist() == pytest.approx([0.25, -0.25], abs=1e-3)


def test_names_kept_in_a_mirror_are_crossed() -> None:
    mirrored = augmentation.warp_points(upright(), augmentation.affine(96, 96, mirrored=True))[
        list(augmentation.MIRROR_ORDER)
    ]
    assert keypoint_stats.rows(faces(mirrored))["crossed"].tolist() == [True]


def test_missing_points_are_counted_and_excluded() -> None:
    lacking = upright()
    lacking[6:11] = np.nan
    found = keypoint_stats.rows(faces(lacking)).iloc[0]
    assert found["missing"] == 5
    assert np.isnan(found["yaw"])
    assert found["asymmetry"] == pytest.approx(0)


def test_the_groups_together_equal_the_whole() -> None:
    points = np.random.default_rng(0).normal(48, 5, (60, 15, 2)).astype(np.float32)
    points[::3, 2] = np.nan
    groups = pd.DataFrame({"split": ["train", "test"] * 30})
    found = keypoint_stats.ellipses(keypoint_stats.moments(points, groups)).set_index("point")
    eye = points[:, 0].astype(float)
    spread = np.sqrt(np.linalg.eigvalsh(np.cov(eye.T, bias=True)))
    assert found.iloc[0][["x", "y"]].tolist() == pytest.approx(eye.mean(axis=0).tolist(), abs=1e-3)
    assert found.iloc[0][["minor", "major"]].tolist() == pytest.approx(spread.tolist(), abs=0.01)
    assert found.iloc[2]["missing_share"] == pytest.approx(1 / 3)


def test_an_outline_runs_around_its_middle() -> None:
    points = np.random.default_rng(0).normal(48, 5, (200, 15, 2)).astype(np.float32)
    found = keypoint_stats.ellipses(keypoint_stats.moments(points, pd.DataFrame({"split": ["all"] * 200})))
    line = keypoint_stats.outlines(found, deviations=2)
    first = line[line["point"] == found["point"][0]]
    away = np.hypot(first["x"] - found["x"][0], first["y"] - found["y"][0])
    assert away.max() == pytest.approx(2 * found["major"][0], rel=0.01)
    assert away.min() == pytest.approx(2 * found["minor"][0], rel=0.01)


def test_clouds_count_every_point_once() -> None:
    points = faces(upright(), upright())
    points[1, 0] = np.nan
    found = keypoint_stats.clouds(points, np.array(["train", "test"]))
    assert found["count"].sum() == 29
    assert set(found.loc[found["point"] == "left_eye_center", "split"]) == {"train"}
