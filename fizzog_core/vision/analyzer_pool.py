"""A fixed number of analyzers, shared by threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from queue import SimpleQueue

from fizzog_core.networks.predictor import Networks
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector


class AnalyzerPool:
    """``size`` analyzers, each with its own detector. Thread-safe. Use as a context manager, or call ``close``.

    ``networks_for``: number of an analyzer, from 0, to the networks that it calls.
    """

    def __init__(self, size: int, open_detector: Callable[[], Detector], networks_for: Callable[[int], Networks]):
        self._opened = ExitStack()
        self._free: SimpleQueue[Analyzer] = SimpleQueue()
        for number in range(size):
            detector = self._opened.enter_context(closing(open_detector()))
            self._free.put(self._opened.enter_context(Analyzer(detector, networks_for(number))))

    @contextmanager
    def borrow(self) -> Iterator[Analyzer]:
        """A free analyzer; waits until one is free."""
        analyzer = self._free.get()
        try:
            yield analyzer
        finally:
            self._free.put(analyzer)

    def close(self) -> None:
        """Close all analyzers and detectors. No analyzer may be in use."""
        self._opened.close()

    def __enter__(self) -> AnalyzerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
