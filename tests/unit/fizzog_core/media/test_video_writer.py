"""What is written plays in a browser, has the input's timing and sound, and appears whole or not at all."""

import resource
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from fizzog_core.errors import ExportError
from fizzog_core.media.video_reader import VideoReader
from tests.support.paths import ROOT
from tests.support.video_copies import copy
from tests.support.videos import write_video


def times(path: Path) -> list[Fraction]:
    with VideoReader(path) as reader:
        found = [frame.time for frame in reader.frames()]
        return [*found, reader.end]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mkv", {"frames": 6, "ticks": [0, 40, 80, 500, 1250, 1251]}),
        ("a.gif", {"codec": "gif", "pixel_format": "rgb8"}),
        ("a.mp4", {"frames": 1}),
        ("a.mp4", {"rate": 120, "frames": 60}),
        ("a.mp4", {"rate": 1, "frames": 3}),
        ("a.mov", {"size": (33, 27), "pixel_format": "yuv444p"}),
        ("a.mp4", {"rotation": 90}),
        ("a.mp4", {"sound": "aac"}),
        ("a.mkv", {"sound": "libopus"}),
        ("a.avi", {"codec": "mpeg4", "sound": "libmp3lame"}),
    ],
)
def test_same_timing_and_sound(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    defaults: dict[str, Any] = {"frames": 20}
    source = write_video(tmp_path / name, **(defaults | options))
    target = copy(source, tmp_path / "out.mp4")
    assert [float(t) for t in times(target)] == pytest.approx([float(t) for t in times(source)], abs=1e-3)
    with av.open(str(target)) as written:
        video = written.streams.video[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width % 2, video.height % 2) == (0, 0)
        assert [stream.codec_context.name for stream in written.streams.audio] == (
            ["aac"] if "sound" in options else []
        )
        if "sound" in options:
            audio = written.streams.audio[0]
            assert audio.duration is not None
            assert audio.time_base is not None
            seconds = float(audio.duration * audio.time_base)
            assert seconds == pytest.approx(2.0, abs=0.05)
            loud = np.abs(np.concatenate([f.to_ndarray()[0] for f in written.decode(audio)])).mean()
            assert loud > 0.05


def test_colours_and_positions_stay(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mkv", 5, codec="ffv1", pixel_format="bgr0", size=(161, 121))
    target = copy(source, tmp_path / "out.mp4")
    with VideoReader(source) as before, VideoReader(target) as after:
        for old, new in zip(before.frames(), after.frames(), strict=True):
            assert new.pixels.shape == (122, 162, 3)
            assert np.abs(new.pixels[:121, :161].astype(int) - old.pixels).mean() < 4


def test_index_is_in_front(tmp_path: Path) -> None:
    data = copy(write_video(tmp_path / "a.mp4", 5), tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_nothing_is_left_by_an_error(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", 5)
    target = tmp_path / "out.mp4"
    target.write_bytes(b"older result")
    with pytest.raises(KeyboardInterrupt):
        copy(source, target, stop_after=2)
    assert target.read_bytes() == b"older result"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "out.mp4"]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("out.avi", "ends in .mp4"),
        ("nowhere/out.mp4", "cannot be written: No such file"),
        ("/proc/out.mp4", "cannot be"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused(target: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=sentence):
        copy(write_video(tmp_path / "a.mp4", 2), tmp_path / target)


def test_a_full_disk_is_reported_and_leaves_no_file(tmp_path: Path) -> None:
    noise = [np.random.default_rng(seed).integers(0, 256, (240, 320, 3), np.uint8) for seed in range(3)]
    source = write_video(tmp_path / "a.mkv", 9, size=(320, 240), pictures=noise)
    program = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
from pathlib import Path
from typing import Any
from tests.support.video_copies import copy
from fizzog_core.errors import ExportError
try:
    copy(Path({str(source)!r}), Path({str(tmp_path / "out.mp4")!r}))
except ExportError as error:
    print(error)
"""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 4096
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "out.mp4 cannot be written: File too large" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]
