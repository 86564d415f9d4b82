"""Detectors without a network."""

import numpy as np

from fizzog_core.types import Box, Detection, Frame


class WhiteSquare:
    """Finds one hand: the box around all bright pixels of a frame."""

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        return ()

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        rows, columns = np.nonzero(frame.min(axis=2) > 128)
        if not len(rows):
            return ()
        box = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        points = np.tile(np.array([*box.center, 0], np.float32), (21, 1))
        return (Detection("hand", box, 0.9, points, "left" if box.center[0] < frame.shape[1] / 2 else "right"),)

    def __enter__(self) -> "WhiteSquare":
        return self

    def __exit__(self, *_: object) -> None:
        pass


class FakeFinder:
    """Finds one small left and one large right hand in each picture that is not black."""

    def find_faces(self, frame: Frame) -> tuple[Detection, ...]:
        return ()

    def find_hands(self, frame: Frame) -> tuple[Detection, ...]:
        if not frame.any():
            return ()
        points = np.full((21, 3), frame[0, 0, 0], dtype=np.float32)
        small = Detection("hand", Box(0, 0, 2, 2), 0.9, points * 0, "left")
        return small, Detection("hand", Box(0, 0, 5, 5), 0.8, points, "right")
