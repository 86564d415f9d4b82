"""The slow libraries, imported by one thread at a time.

Keras and MediaPipe both import TensorFlow, which is half imported for good where two threads begin at once: "partially
initialized module" or "has already been registered", from then on at every try.
"""

from __future__ import annotations

import threading

ONE_AT_A_TIME = threading.RLock()
"""Held around every import of Keras, TensorFlow or MediaPipe that may be the first."""
