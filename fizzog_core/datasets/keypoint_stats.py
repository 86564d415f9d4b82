"""Statistics of 15 keypoints over many faces: missing points, positions, symmetry, head pose."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fizzog_core.datasets.augmentation import MIRROR_ORDER
from fizzog_core.labels import KEYPOINT_NAMES

LEFT_EYE, RIGHT_EYE, NOSE = (KEYPOINT_NAMES.index(n) for n in ("left_eye_center", "right_eye_center", "nose_tip"))
MOUTH = [KEYPOINT_NAMES.index(name) for name in ("mouth_left_corner", "mouth_right_corner")]
PAIRED = [i for i, counterpart in enumerate(MIRROR_ORDER) if counterpart != i]
SUMS = ("x", "y", "xx", "xy", "yy")


def rows(points_px: NDArray[np.float32]) -> pd.DataFrame:
    """One line for each face of ``points_px`` ``(N, 15, 2)``, NaN where a point is not annotated.

    Columns: ``missing`` points 0..15; ``eye_distance_px``; ``roll_deg``, the tilt of the eye line, positive when the
    subject's left eye is the lower; ``yaw``, how far the nose tip lies beside the middle of the eyes, in eye distances;
    ``pitch``, how far down it lies from the eye line to the mouth line, 0..1; ``asymmetry``, the root mean square
    distance of each paired point from its mirrored counterpart, in eye distances; ``crossed``, whether the subject's
    left eye lies left of the right one in the picture, which no upright face has.
    """
    points = points_px.astype(np.float64)
    left, right = points[:, LEFT_EYE], points[:, RIGHT_EYE]
    axis = left - right
    distance = np.hypot(axis[:, 0], axis[:, 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = axis / distance[:, None]
        upright = np.stack([unit[:, 0], unit[:, 1], -unit[:, 1], unit[:, 0]], axis=1).reshape(-1, 2, 2)
        face = np.einsum("nij,npj->npi", upright, points - ((left + right) / 2)[:, None]) / distance[:, None, None]
        pitch = face[:, NOSE, 1] / face[:, MOUTH, 1].mean(axis=1)
    mirrored = face[:, list(MIRROR_ORDER)] * (-1, 1)
    apart = ((face - mirrored) ** 2).sum(axis=2)[:, PAIRED]
    known = np.isfinite(apart)
    asymmetry = np.sqrt(np.where(known, apart, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))
    return pd.DataFrame(
        {
            "missing": np.isnan(points[:, :, 0]).sum(axis=1),
            "eye_distance_px": distance.round(2),
            "roll_deg": np.degrees(np.arctan2(axis[:, 1], axis[:, 0])).round(2),
            "yaw": face[:, NOSE, 0].round(4),
            "pitch": pitch.round(4),
            "asymmetry": np.where(known.any(axis=1), asymmetry, np.nan).round(4),
            "crossed": axis[:, 0] < 0,
        }
    )


def moments(points_px: NDArray[np.float32], groups: pd.DataFrame) -> pd.DataFrame:
    """Sums over the faces of each group and point, so that any groups can be put together later.

    ``groups``: N lines with the columns that make a group. Gives those columns and ``point``, ``faces``, ``present``,
    and the sums of x, y, x*x, x*y and y*y in pixels.
    """
    parts = []
    for index, name in enumerate(KEYPOINT_NAMES):
        x, y = points_px[:, index].astype(np.float64).T
        present = np.isfinite(x) & np.isfinite(y)
        x, y = np.where(present, x, 0), np.where(present, y, 0)
        products = dict(zip(SUMS, (x, y, x * x, x * y, y * y), strict=True))
        line = groups.reset_index(drop=True).assign(point=name, faces=1, present=present.astype(int), **products)
        parts.append(line.groupby([*groups.columns, "point"], sort=False, observed=True).sum().reset_index())
    return pd.concat(parts, ignore_index=True).round(2)


def ellipses(sums: pd.DataFrame) -> pd.DataFrame:
    """Mean position and spread of each point over all lines of ``moments``, in the order of KEYPOINT_NAMES.

    Columns: ``point``, ``faces``, ``present``, ``missing_share`` 0..1, ``x``, ``y`` (pixels), ``major`` and ``minor``
    (standard deviations along the ellipse's axes, pixels) and ``angle_deg`` of the major one, y down. Where a point
    is never annotated, its place is NaN.
    """
    total = sums.groupby("point", sort=False)[["faces", "present", *SUMS]].sum().reindex(list(KEYPOINT_NAMES)).fillna(0)
    count = total["present"].where(total["present"] > 0)
    x, y = total["x"] / count, total["y"] / count
    covariance = np.stack(
        [
            total["xx"] / count - x * x,
            total["xy"] / count - x * y,
            total["xy"] / count - x * y,
            total["yy"] / count - y * y,
        ],
        axis=1,
    ).reshape(-1, 2, 2)
    spread, axes = np.linalg.eigh(np.nan_to_num(covariance))
    minor, major = np.sqrt(np.maximum(spread, 0)).T
    angle = np.degrees(np.arctan2(axes[:, 1, 1], axes[:, 0, 1]))
    known = count.notna().to_numpy()
    found = {"x": x.to_numpy(), "y": y.to_numpy(), "major": major, "minor": minor, "angle_deg": angle}
    return pd.DataFrame(
        {
            "point": total.index,
            "faces": total["faces"].to_numpy(int),
            "present": total["present"].to_numpy(int),
            "missing_share": 1 - (total["present"] / total["faces"].where(total["faces"] > 0)).to_numpy(),
            **{name: np.where(known, values, np.nan) for name, values in found.items()},
        }
    )


def outlines(found: pd.DataFrame, deviations: float = 2.0, steps: int = 48) -> pd.DataFrame:
    """The ellipses of ``ellipses`` as closed lines: ``point``, ``step``, ``x``, ``y`` in pixels."""
    turn = np.linspace(0, 2 * np.pi, steps + 1)
    known = found.dropna(subset=["x", "y"])
    angle = np.radians(known["angle_deg"].to_numpy())[:, None]
    along = deviations * known["major"].to_numpy()[:, None] * np.cos(turn)
    across = deviations * known["minor"].to_numpy()[:, None] * np.sin(turn)
    x = known["x"].to_numpy()[:, None] + along * np.cos(angle) - across * np.sin(angle)
    y = known["y"].to_numpy()[:, None] + along * np.sin(angle) + across * np.cos(angle)
    return pd.DataFrame(
        {
            "point": np.repeat(known["point"].to_numpy(), steps + 1),
            "step": np.tile(np.arange(steps + 1), len(known)),
            "x": x.ravel(),
            "y": y.ravel(),
        }
    )


def clouds(points_px: NDArray[np.float32], split: NDArray[np.str_]) -> pd.DataFrame:
    """How many faces of each split have a point in each square pixel: ``split``, ``point``, ``x``, ``y``, ``count``."""
    cells = np.floor(points_px + 0.5)
    long = pd.DataFrame(
        {
            "split": np.repeat(split, len(KEYPOINT_NAMES)),
            "point": np.tile(KEYPOINT_NAMES, len(points_px)),
            "x": cells[:, :, 0].ravel(),
            "y": cells[:, :, 1].ravel(),
        }
    ).dropna()
    counts = long.groupby(["split", "point", "x", "y"]).size().rename("count").reset_index()
    return counts.astype({"x": np.int16, "y": np.int16, "count": np.int32})
