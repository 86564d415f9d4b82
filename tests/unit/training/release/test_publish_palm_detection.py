import shutil
from pathlib import Path

import pytest

from fizzog_core.cli import doctor
from fizzog_core.errors import ExportError
from fizzog_core.networks.litert import Program
from fizzog_core.vision.anchor_detector import WEIGHTS
from fizzog_core.vision.hand_detection import LIVE_PALM
from training.networks import palm_detection
from training.release import detector_files, publish_palm_detection

pytestmark = pytest.mark.slow


def test_the_published_file_is_that_of_the_product(tmp_path: Path) -> None:
    out = tmp_path / "detectors"
    shutil.copytree(WEIGHTS, out)
    (out / LIVE_PALM.file).unlink()
    publish_palm_detection.main(out)
    assert doctor.detectors(out).passed
    published, served = Program(out / LIVE_PALM.file), Program(WEIGHTS / LIVE_PALM.file)
    assert published.input_shape == served.input_shape == (160, 160, 3)
    assert published.output_shapes == served.output_shapes


def test_a_file_that_differs_is_not_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "detectors"
    shutil.copytree(WEIGHTS, out)
    monkeypatch.setattr(detector_files, "TOLERANCE", -1.0)
    with pytest.raises(ExportError, match="nothing was published"):
        detector_files.publish(palm_detection.at(32), LIVE_PALM.file, out)
    assert (out / LIVE_PALM.file).read_bytes() == (WEIGHTS / LIVE_PALM.file).read_bytes()
