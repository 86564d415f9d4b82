"""Reading videos: frames upright and in time, and a sentence for everything that is no video."""

import csv
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from fizzog_core.errors import FizzogError, VideoError
from fizzog_core.media.video_reader import VideoReader
from tests.support.paths import SHARED_DATA
from tests.support.videos import moving_square, write_tone, write_video

SAMPLES = SHARED_DATA / "samples" / "videos"


def read(path: Path) -> list[tuple[Fraction, np.ndarray]]:
    with VideoReader(path) as reader:
        return [(frame.time, frame.pixels) for frame in reader.frames()]


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "size"),
    [
        ("a.mp4", "libx264", "yuv420p", (64, 48)),
        ("a.mov", "libx264", "yuv444p", (33, 27)),
        ("a.mkv", "libx265", "yuv420p10le", (64, 48)),
        ("a.mkv", "libx264", "gray", (64, 48)),
        ("a.webm", "libvpx-vp9", "yuv420p", (64, 48)),
        ("a.avi", "mjpeg", "yuvj420p", (64, 48)),
        ("a.avi", "mpeg4", "yuv420p", (64, 48)),
        ("a.gif", "gif", "rgb8", (64, 48)),
        ("a.mov", "png", "rgb24", (17, 9)),
    ],
)
def test_containers_and_codecs(name: str, codec: str, pixel_format: str, size: tuple[int, int], tmp_path: Path) -> None:
    path = write_video(tmp_path / name, codec=codec, pixel_format=pixel_format, size=size)
    frames = read(path)
    assert len(frames) == 10
    assert [float(time) for time, _ in frames] == pytest.approx([index / 10 for index in range(10)], abs=0.002)
    for index, (_, pixels) in enumerate(frames):
        assert pixels.shape == (size[1], size[0], 3)
        assert pixels.dtype == np.uint8
        expected = moving_square(index, *size).astype(int)
        expected = expected if pixel_format != "gray" else expected.mean(axis=2, keepdims=True)
        assert np.abs(pixels - expected).mean() < 25


def test_variable_rate_keeps_every_time(tmp_path: Path) -> None:
    ticks = [0, 40, 80, 500, 1250, 1251]
    frames = read(write_video(tmp_path / "a.mkv", 6, ticks=ticks))
    assert [time for time, _ in frames] == [Fraction(tick, 1000) for tick in ticks]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_display_matrix_turns_the_frames(rotation: int, tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 2, rotation=rotation)
    with VideoReader(path) as reader:
        first = next(reader.frames()).pixels
        assert (reader.info.height, reader.info.width) == first.shape[:2]
    # A display rotation is counter-clockwise, as numpy's quarter turns are.
    assert np.abs(first.astype(int) - np.rot90(moving_square(0), rotation // 90)).mean() < 10


def test_the_file_tells_what_it_is(tmp_path: Path) -> None:
    with VideoReader(write_video(tmp_path / "a.mp4", 20, sound="aac")) as reader:
        assert (reader.info.width, reader.info.height, reader.info.codec) == (64, 48, "h264")
        assert (reader.info.frames, reader.info.rate, reader.info.has_audio) == (20, 10.0, True)
        assert reader.info.duration_s == pytest.approx(2.0)
        assert sum(1 for _ in reader.frames()) == 20
        assert reader.end == 2
        assert reader.notes == ()


def write_only_sound(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as output:
        write_tone(output, output.add_stream("aac", rate=48000, layout="mono"), 0.5)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "No file at"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_text("not a video " * 50), "it is not a video"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: Image.new("RGB", (64, 48)).save(path, "JPEG"), "is a picture"),
        (lambda path: Image.new("RGB", (64, 48)).save(path, "PNG"), "is a picture"),
        (lambda path: Image.new("RGB", (64, 48)).save(path, "AVIF"), "is a picture"),
        (write_only_sound, "holds only sound"),
        (lambda path: path.write_text("#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n"), "not a video"),
    ],
)
def test_a_file_that_is_no_video_is_refused(make, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    make(path)
    with pytest.raises(VideoError, match=sentence):
        VideoReader(path)


def test_cut_before_its_index(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "a.mp4", 30)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(VideoError, match="cut before its index"):
        VideoReader(cut)


def test_half_a_file_decodes_to_its_first_half_with_a_note(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "a.mkv", 40, codec="mjpeg", pixel_format="yuvj420p")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with VideoReader(cut) as reader:
        assert 10 < sum(1 for _ in reader.frames()) < 30
        assert "cut short" in reader.notes[-1]


def test_damaged_bytes_cost_their_own_frames_only(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", 20, codec="mjpeg", pixel_format="yuvj420p")
    pieces = path.read_bytes().split(b"\xff\xd8\xff")  # each frame is a JPEG that begins so
    assert len(pieces) == 21
    pieces[10] = bytes(len(pieces[10]) - 8) + pieces[10][-8:]  # its end is the header of the next frame
    path.write_bytes(b"\xff\xd8\xff".join(pieces))
    with VideoReader(path) as reader:
        assert [frame.index for frame in reader.frames()] == list(range(19))
        assert reader.notes == ("1 damaged packet(s) of the file could not be decoded and were skipped.",)


def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="too large"):
        VideoReader(write_video(tmp_path / "a.mp4", 1), max_pixels=1000)


@pytest.fixture(scope="module")
def samples() -> dict[str, dict[str, str]]:
    """The manifest of the data set's videos, by file name."""
    if not SAMPLES.is_dir():
        pytest.skip("../shared/data is absent")
    with (SAMPLES / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return {Path(row["path"]).name: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_videos_of_the_data_set_decode_or_raise_a_media_error(samples: dict[str, dict[str, str]]) -> None:
    refused = {}
    for name, row in samples.items():
        try:
            with VideoReader(SAMPLES / name) as reader:
                count = sum(1 for _ in reader.frames())
                cut_or_damaged = bool(reader.notes)
        except FizzogError as error:
            refused[name] = str(error)
            continue
        if name == "x_damaged_bytes.avi":
            assert (count, cut_or_damaged) == (71, True)
        else:
            assert count == int(row["frames_decoded_by_pyav"]), name
            assert cut_or_damaged == (name == "x_truncated_half.webm"), name
    assert set(refused) == {
        "x_truncated_moov_missing.mp4", "x_zero_frames.mp4", "x_empty.mp4", "x_text.mp4", "x_jpeg_named.mp4",
    }  # fmt: skip
