"""Exact and near duplicates across the splits of a data set, and groups of near duplicates.

A near duplicate is the same photograph cut, scaled, lit or compressed a little differently. Candidates are the rows
nearest by a perceptual hash; each is then checked on its pixels, with the best shift of up to three of 48 pixels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SIDE = 48
"""Pictures are compared at this side."""
SHIFT = 3
MAX_DISTANCE = 12
"""Largest distance of two hashes, in bits of 63."""
MIN_CORRELATION = 0.92
"""Least correlation of the pixels at the best shift; chosen by eye from pairs of FER2013 above and below it."""
MIN_DETAIL = 0.65
"""Least correlation of the pictures minus their blurred copies: it separates two people before one background."""
DETAIL_PX = 2.0
"""Standard deviation of that blur."""
FLATTEST = 2.0
"""Standard deviation of the pixels below which a picture is blank. All blank pictures correlate with one another."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many rows of split ``later`` have an exact, or only a near, duplicate in split ``earlier``."""

    later: str
    earlier: str
    exact: int
    near: int


@dataclass(frozen=True, slots=True, eq=False)
class Duplicates:
    """``overlaps`` of each two splits; ``exact`` and ``near`` ``(M, 2)`` int64: a row of the later split and one of
    its duplicates in the earlier split; ``near`` holds no exact duplicates."""

    overlaps: tuple[Overlap, ...]
    exact: NDArray[np.int64]
    near: NDArray[np.int64]


def digest(data: bytes) -> bytes:
    """SHA-256 of a file or of a picture's pixels; equal for exact duplicates."""
    return hashlib.sha256(data).digest()


def thumbnail(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture ``(H, W)`` or ``(H, W, 3)`` uint8 as a grey ``(48, 48)`` uint8; the aspect ratio is not kept."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def across(
    pictures: NDArray[np.uint8], digests: Sequence[bytes], split: NDArray[np.str_], order: Sequence[str]
) -> Duplicates:
    """Duplicates across the splits of ``pictures`` ``(N, 48, 48)`` uint8.

    ``digests``: N values of ``digest``, equal for exact duplicates. ``split``: ``(N,)``, each row's split, one of
    ``order``, which begins with training.
    """
    names = [name for name in order if name in set(split.tolist())]
    rank = np.array([names.index(name) for name in split.tolist()], dtype=np.int64)
    exact = _exact_pairs(digests, rank)
    near = near_pairs(pictures, rank)
    near = near[np.array([digests[i] != digests[j] for i, j in near], dtype=bool)]
    swap = rank[near[:, 0]] < rank[near[:, 1]]
    near[swap] = near[swap][:, ::-1]
    overlaps = []
    for earlier, later in combinations(range(len(names)), 2):
        same, alike = (set(_between(pairs, rank, later, earlier)[:, 0].tolist()) for pairs in (exact, near))
        overlaps.append(Overlap(names[later], names[earlier], len(same), len(alike - same)))
    return Duplicates(tuple(overlaps), exact, near)


def near_pairs(
    pictures: NDArray[np.uint8], groups: NDArray[np.int64] | None = None, keep: int = 4, chunk: int = 512
) -> NDArray[np.int64]:
    """Pairs ``(M, 2)`` int64 of near duplicates (exact ones too) in ``pictures`` ``(N, 48, 48)`` uint8, i < j.

    Compares each row with its ``keep`` nearest rows by hash; with ``groups`` ``(N,)`` only with rows of another group.
    Blank pictures are left out, because they all correlate. ``chunk``: rows that are compared at once; the more, the
    more memory.
    """
    signs = _hash_signs(pictures)
    starts = range(0, len(pictures), chunk)
    candidates = [_nearest(signs, start, signs[start : start + chunk], groups, keep) for start in starts]
    pairs = np.unique(np.concatenate([np.empty((0, 2), dtype=np.int64), *candidates]), axis=0)
    flat = pictures.reshape(len(pictures), SIDE * SIDE).std(axis=1) < FLATTEST
    pairs = pairs[~flat[pairs].any(axis=1)]
    return pairs[np.array([_alike(pictures[i], pictures[j]) for i, j in pairs], dtype=bool)]


def clusters(count: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Connected components of ``count`` rows under ``pairs`` ``(M, 2)``: ``(count,)`` int64, the lowest row of each."""
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    return first[label].astype(np.int64)


def _hash_signs(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Perceptual hashes ``(N, 63)``, each bit as -1 or 1: low cosine terms of the picture above their median."""
    signs = np.empty((len(pictures), 63), dtype=np.float32)
    for row, picture in enumerate(pictures):
        small = cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
        terms = np.asarray(cv2.dct(small))[:8, :8].ravel()[1:]
        signs[row] = np.where(terms > np.median(terms), 1, -1)
    return signs


def _nearest(
    signs: NDArray[np.float32], start: int, chunk: NDArray[np.float32], groups: NDArray[np.int64] | None, keep: int
) -> NDArray[np.int64]:
    """Pairs of each row of ``chunk``, ``signs`` from row ``start``, with up to ``keep`` rows within MAX_DISTANCE."""
    agreement = chunk @ signs.T
    agreement[np.arange(len(chunk)), start + np.arange(len(chunk))] = -np.inf
    row, other = np.nonzero(agreement >= signs.shape[1] - 2 * MAX_DISTANCE)
    if groups is not None:
        apart = groups[start + row] != groups[other]
        row, other = row[apart], other[apart]
    order = np.lexsort((-agreement[row, other], row))
    row, other = row[order], other[order]
    rank_in_row = np.arange(len(row)) - np.searchsorted(row, row)
    best = rank_in_row < keep
    return np.sort(np.stack([start + row[best], other[best]], axis=1), axis=1).astype(np.int64)


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    return correlation(one, other) >= MIN_CORRELATION and correlation(_detail(one), _detail(other)) >= MIN_DETAIL


def _detail(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    grey = picture.astype(np.float32)
    return np.asarray(grey - cv2.GaussianBlur(grey, (0, 0), DETAIL_PX), dtype=np.float32)


def correlation(one: NDArray, other: NDArray) -> float:
    """The best normalised correlation of two pictures over shifts of up to SHIFT pixels."""
    inner = other[SHIFT:-SHIFT, SHIFT:-SHIFT]
    return float(cv2.matchTemplate(one, inner, cv2.TM_CCOEFF_NORMED).max())


def _exact_pairs(digests: Sequence[bytes], rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row and each earlier split with a duplicate of it, the row and the first duplicate there."""
    first: dict[tuple[bytes, int], int] = {}
    for row, key in enumerate(digests):
        first.setdefault((key, int(rank[row])), row)
    pairs = [
        (row, first[key, earlier])
        for row, key in enumerate(digests)
        for earlier in range(int(rank[row]))
        if (key, earlier) in first
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _between(pairs: NDArray[np.int64], rank: NDArray[np.int64], later: int, earlier: int) -> NDArray[np.int64]:
    return pairs[(rank[pairs[:, 0]] == later) & (rank[pairs[:, 1]] == earlier)]
