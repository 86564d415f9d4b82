"""How many results a second a machine has for its live visitors, from a measurement: docs/decisions/024-capacity.md."""

from __future__ import annotations

import time

from fizzog_core.networks.predictor import Networks
from fizzog_core.types import Frame
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.detector import Detector
from fizzog_core.vision.hand_landmarks import LIVE_FILE, HandLandmarker
from fizzog_core.vision.sampling import enclosing_square

RESULTS_PER_S, PICTURES_PER_S = 10.0, 25.0
"""Results a second that each visitor is to have. The second value: where the server draws each of them on a picture,
which is all that the visitor sees of the camera."""
ANALYSIS_SHARE, ANALYSIS_SHARE_DRAWN = 0.8, 0.63
"""Share of the analysis in the processor time of a result; the rest is connection, decoding and messages. The second
value: of a result whose picture is drawn and encoded, too."""
USABLE_SHARE = 0.9
"""Share of the processors that live visitors may use together; pages and the event loop need the rest."""
UNMEASURED_PER_S = 30.0
"""Results a second of a core that has not been measured."""
FRAMES = 16
"""Frames of the measurement: a multiple of the detectors' intervals."""


class Capacity:
    """The results a second that ``cores`` have for all live visitors together: an estimate until ``measure``.

    ``draws``: whether the server draws the results and sends the pictures back.
    """

    def __init__(self, cores: int, draws: bool) -> None:
        self.results_per_s = UNMEASURED_PER_S * cores
        self._cores = cores
        self._share, self._each_per_s = (
            (ANALYSIS_SHARE_DRAWN, PICTURES_PER_S) if draws else (ANALYSIS_SHARE, RESULTS_PER_S)
        )

    @property
    def visitors(self) -> int:
        """Visitors who can be live at the same time, at least one."""
        return max(1, int(self.results_per_s / self._each_per_s))

    def measure(self, networks: Networks, picture: Frame) -> float:
        """Replaces the estimate; returns the milliseconds of ``analysis_ms``."""
        ms = analysis_ms(networks, picture)
        self.results_per_s = USABLE_SHARE * self._share * 1000 * self._cores / ms
        return ms


def analysis_ms(networks: Networks, picture: Frame) -> float:
    """Measures the mean processor ms of the analysis of a frame with a face and a hand.

    ``picture`` ``(H, W, 3)`` uint8 RGB, about as large as a camera's frames, shows a face. The hand's network runs on
    the same picture, because its time does not depend on what it shows. What else the machine does hardly matters.
    """
    landmarker, square = HandLandmarker(WEIGHTS / LIVE_FILE), enclosing_square(*picture.shape[:2])
    with Detector("live") as detector, Analyzer(detector, networks) as analyzer:
        began = 0.0
        for number in range(-1, FRAMES):
            if number == 0:  # the first frame, before it, was slower
                began = time.thread_time()
            time_s = number / RESULTS_PER_S
            analyzer.analyze(picture, hands=False, time_s=time_s)
            detector.find_hands(picture, time_s)
            landmarker.locate(picture, square)
        return 1000 * (time.thread_time() - began) / FRAMES
