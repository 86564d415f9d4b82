"""The clip of a face that the browser tests of the live page share."""

from pathlib import Path

import pytest

from tests.support.live_browser import make_clip
from tests.support.paths import ROOT


@pytest.fixture(scope="session")
def face_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "face.mjpeg", ROOT / "samples" / "astronaut.png")
