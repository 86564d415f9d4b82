"""Networks that were loaded before a fork fail at once in the child."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fizzog_core.errors import ForkError
from fizzog_core.runtime.forks import check_process
from tests.support.paths import ROOT

CHILD = """
import os, sys
from pathlib import Path
import numpy as np
from fizzog_core.errors import ForkError
from fizzog_core.networks import loading
from fizzog_core.vision.analyzer import Analyzer
from fizzog_core.vision.detector import Detector

analyzer = Analyzer(Detector("image"), loading.load_all(Path(sys.argv[1])))
frame = np.zeros((32, 32, 3), np.uint8)
analyzer.analyze(frame)
if pid := os.fork():
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
try:
    analyzer.analyze(frame)
except ForkError as error:
    print(error, flush=True)
    os._exit(7)
os._exit(1)
"""


def test_the_own_process_passes() -> None:
    check_process(os.getpid())
    with pytest.raises(ForkError, match="before it forked this one"):
        check_process(os.getpid() + 1)


def test_an_analyzer_in_a_forked_process_fails_at_once(tiny_models: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", CHILD, str(tiny_models)],
        capture_output=True, text=True, cwd=ROOT, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr[-2000:]
    assert "gunicorn without --preload" in done.stdout
