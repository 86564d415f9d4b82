"""Random camera faults on grey training pictures: blur, low resolution, JPEG, noise, darkness, black rims."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(S, S) grey."""
BLACK = 12
"""Grey values below this are the black of a mask, after compression."""


def blur(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` blurred by a Gaussian of 0.5 to 2 px, of 48."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2.0) * len(picture) / 48), np.uint8)


def few_pixels(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` reduced to 16 to 39 px and enlarged again."""
    side = int(rng.integers(16, 40))
    little = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    way = cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(little, picture.shape[::-1], interpolation=way), np.uint8)


def jpeg(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` after JPEG compression at quality 8 to 59."""
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(8, 60))])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def noise(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` with Gaussian noise of 2 to 10 grey values."""
    grain = rng.standard_normal(picture.shape, dtype=np.float32) * rng.uniform(2, 10)
    return (picture + grain).clip(0, 255).astype(np.uint8)


def light(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` with random gamma, contrast and brightness."""
    gamma, gain, more = np.exp(rng.uniform(-0.4, 0.4)), rng.uniform(0.75, 1.25), rng.uniform(-15, 15)
    table = (np.linspace(0, 1, 256) ** gamma * 255 * gain + more).clip(0, 255)
    return table.astype(np.uint8)[picture]


def dark(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` at an eighth to a half of its brightness."""
    return (picture * rng.uniform(0.12, 0.5)).astype(np.uint8)


def _oval(rng: np.random.Generator, side: int) -> NDArray[np.bool_]:
    """(side, side), True inside a random oval around a face in the served framing."""
    oval = np.zeros((side, side), np.uint8)
    middle = (side * rng.uniform(0.46, 0.54), side * rng.uniform(0.54, 0.62))
    axes = (2 * side * rng.uniform(0.34, 0.46), 2 * side * rng.uniform(0.36, 0.46))
    cv2.ellipse(oval, (middle, axes, rng.uniform(-12, 12)), (255,), -1)
    return oval > 0


def black_rim(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture``, black outside an oval with a cut top, as in pictures masked by a face mesh."""
    inside = _oval(rng, len(picture))
    inside[: int(len(picture) * rng.uniform(0.05, 0.25))] = False
    return np.where(inside, picture, np.uint8(0))


def fill_rim(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` with a grey value in place of the black outside the face, so that black does not mark its source."""
    outside = ~_oval(rng, len(picture))
    return np.where(outside & (picture < BLACK), np.uint8(rng.integers(20, 235)), picture)


def erase(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` with a rectangle of 2 to 15 % of its area replaced by noise or one grey value (Zhong et al. 2017)."""
    side = len(picture)
    area, ratio = rng.uniform(0.02, 0.15) * side * side, np.exp(rng.uniform(-1, 1))
    h, w = min(side, int(np.sqrt(area * ratio)) + 1), min(side, int(np.sqrt(area / ratio)) + 1)
    y, x = rng.integers(0, side - h + 1), rng.integers(0, side - w + 1)
    changed = picture.copy()
    changed[y : y + h, x : x + w] = (
        rng.integers(0, 256, (h, w), dtype=np.uint8) if rng.random() < 0.5 else rng.integers(0, 256, dtype=np.uint8)
    )
    return changed


FAULTS = ((0.3, blur), (0.25, few_pixels), (0.25, jpeg), (0.08, noise), (0.12, dark))
"""The faults, and the probability of each for a picture with a fault."""
FAULTY, SECOND, ERASED = 0.5, 0.2, 0.15
"""Share of the pictures with a fault, share of those with a second one, share of all with a rectangle erased."""


def degrade(rng: np.random.Generator, picture: Picture) -> Picture:
    """``picture`` with random light and, at the probabilities above, one or two faults and an erased rectangle."""
    picture = light(rng, picture)
    count = 0 if rng.random() >= FAULTY else 2 if rng.random() < SECOND else 1
    for i in sorted(rng.choice(len(FAULTS), count, replace=False, p=[p for p, _ in FAULTS])):
        picture = FAULTS[i][1](rng, picture)
    return erase(rng, picture) if rng.random() < ERASED else picture
