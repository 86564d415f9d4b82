"""Process-wide options, threads and files."""

from __future__ import annotations

import os
import sys

from fizzog_core.runtime import malloc

SWITCH_INTERVAL_S = 0.0005
"""Time after which Python lets another thread run. Python's default of 5 ms adds up at each hand-over of a frame."""


def configure() -> None:
    """Sets the options of the process: log level of the native libraries, malloc, and the thread switch interval.

    Call it once at the start of a program, before TensorFlow is imported. The site, the commands, the service and the
    Ray workers call it; no constructor sets an option of the process.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow reads it at import
    malloc.configure()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
