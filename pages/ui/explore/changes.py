"""What each random change of training does to a face, before and after, and what mirroring does to left and right."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fizzog_core import settings
from fizzog_core.datasets import augmentation, image_stats, keypoint_stats
from fizzog_core.datasets import pictures as samples
from fizzog_core.drawing import contact_sheet
from fizzog_core.networks import model_card
from fizzog_core.types import Frame
from pages.ui.explore import parts
from pages.ui.explore.samples import POINT_WORDS, grey_frame

Face = tuple[NDArray[np.uint8], NDArray[np.float32] | None]
ERASED_SHARE = 0.4
"""Side of the erased square shown, of the picture's side."""
WIDTH = 170


def fer2013() -> None:
    """The emotion network's changes on one face of FER2013."""
    changes("fer2013", "emotion")


def keypoints() -> None:
    """The keypoint network's changes on one face with its points."""
    changes("keypoints", "keypoints")
    swap()


def changes(name: str, task: str) -> None:
    """Each change alone, at the share of its largest amount that the visitor chooses."""
    config = model_card.load(settings.get().models / task).config
    strength = st.slider(
        "Strength, of the most that training draws", 0.0, 1.0, 1.0, key="strength", bind="query-params"
    )
    picture, points = _face(name)
    turn, scale, shift, light = (strength * config.get(n, 0.0) for n in ("rotation", "scale", "shift", "light"))
    zoom = float(np.exp(scale))
    side = picture.shape[0]
    noise_side = max(1, round(ERASED_SHARE * strength * side))
    noise = np.random.default_rng(1).integers(0, 256, (noise_side, noise_side), dtype=np.uint8)
    shown = {
        "before": (picture, points),
        "mirrored": _moved(picture, points, mirrored=True),
        f"turned by {turn:.0f}°": _moved(picture, points, angle_deg=turn),
        f"scaled by {zoom:.2f}": _moved(picture, points, zoom=zoom),
        f"scaled by {1 / zoom:.2f}": _moved(picture, points, zoom=1 / zoom),
        f"shifted by {shift:.0%}": _moved(picture, points, shift=(shift, shift)),
        f"contrast and light +{light:.0%}": (augmentation.light(picture, 1 + light, 127.5 * light), points),
        f"contrast and light -{light:.0%}": (augmentation.light(picture, 1 - light, -127.5 * light), points),
        f"erased, in {config.get('erase', 0.0):.0%} of pictures": (
            augmentation.erase(picture, side // 2, side // 3, noise),
            points,
        ),
    }
    parts.show_pictures([_drawn(face) for face in shown.values()], list(shown), WIDTH)
    if points is not None:
        st.caption(POINT_WORDS)


def _face(name: str) -> Face:
    """The row that the visitor chooses, or the mean face where there are no pictures."""
    folder = settings.get().data
    if folder is not None and samples.available(folder, name):
        last = int(parts.load(name, "rows")["row"].max())
        row = int(st.number_input("Row", 0, last, 0, key="row", bind="query-params", width=140) or 0)
        if name == "fer2013":
            return samples.fer2013(folder, [row])[0], None
        pictures, points = samples.keypoints(folder, [row])
        return pictures[0], points[0]
    st.caption("Shown on the mean face, since the pictures are not on this machine.")
    mean = image_stats.as_picture(parts.load(name, "means").set_index("label").loc["all", "mean"])
    return mean, _mean_points() if name == "keypoints" else None


def _mean_points() -> NDArray[np.float32]:
    found = keypoint_stats.ellipses(parts.load("keypoints", "moments"))
    return found[["x", "y"]].to_numpy(np.float32)


def _moved(
    picture: NDArray[np.uint8], points: NDArray[np.float32] | None, *, angle_deg: float = 0.0, zoom: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0), mirrored: bool = False,
) -> Face:  # fmt: skip
    side = picture.shape[0]
    matrix = augmentation.affine(side, side, angle_deg=angle_deg, zoom=zoom, shift=shift, mirrored=mirrored)
    return augmentation.warp(picture, matrix, side), None if points is None else augmentation.warp_points(
        points, matrix
    )


def _drawn(face: Face) -> Frame:
    picture, points = face
    return grey_frame(picture) if points is None else contact_sheet.with_points(picture, points)


def swap() -> None:
    """Mirroring with and without exchanging the names of left and right."""
    st.subheader("What mirroring must do to left and right")
    mean = image_stats.as_picture(parts.load("keypoints", "means").set_index("label").loc["all", "mean"])
    points = _mean_points()
    matrix = augmentation.affine(len(mean), len(mean), mirrored=True)
    picture, swapped = augmentation.warp(mean, matrix, len(mean)), augmentation.warp_points(points, matrix)
    kept = swapped[list(augmentation.MIRROR_ORDER)]
    pictures = [contact_sheet.with_points(mean, points), _drawn((picture, swapped)), _drawn((picture, kept))]
    words = ["before", "mirrored, names exchanged", "mirrored, names kept: wrong"]
    parts.show_pictures(pictures, words, WIDTH)
    apart = [float(np.hypot(*(one - points).T).mean()) for one in (swapped, kept)]
    st.markdown(
        f"On the mean face, mirroring moves each named point by {apart[0]:.1f} px of 96 if left and right exchange "
        f"their names, and by {apart[1]:.1f} px if they do not. A network that is trained on the third picture learns "
        "to place the left eye between both eyes."
    )
