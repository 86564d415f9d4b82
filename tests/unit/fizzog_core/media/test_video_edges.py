"""Videos whose fields are empty or change, with extreme sides, or in HDR."""

from __future__ import annotations

import gc
import io
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from PIL import Image

from fizzog_core.errors import VideoError
from fizzog_core.media import video_writer
from fizzog_core.media.video_reader import VideoReader
from fizzog_core.media.video_writer import open_video
from tests.support.videos import write_video


def copy_through(source: Path, out: Path) -> tuple[list[tuple[int, ...]], tuple[str, ...]]:
    """Reads and writes every frame; shapes of the written frames, and notes."""
    with VideoReader(source) as reader, open_video(out, reader) as writer:
        for frame in reader.frames():
            writer.write(frame, frame.pixels)
        notes = reader.notes
    with VideoReader(out) as written:
        return [frame.pixels.shape for frame in written.frames()], notes


def without_sound_decoder(path: Path) -> Path:
    """An MP4 whose sound has a codec that does not exist: its four letters are replaced."""
    write_video(path, 5, sound="aac")
    content = path.read_bytes()
    assert b"mp4a" in content
    path.write_bytes(content.replace(b"mp4a", b"zzzz").replace(b"esds", b"free"))
    return path


def test_sound_without_a_decoder_is_dropped_with_a_note(tmp_path: Path) -> None:
    shapes, notes = copy_through(without_sound_decoder(tmp_path / "a.mp4"), tmp_path / "out.mp4")
    assert len(shapes) == 5
    assert any("no sound" in note for note in notes)
    with av.open(str(tmp_path / "out.mp4")) as written:
        assert not written.streams.audio


def changing_size(path: Path) -> Path:
    """An MKV of JPEG frames: three of 64 x 48, then three of 48 x 64."""
    with av.open(str(path), "w") as output:
        video: Any = output.add_stream("mjpeg", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuvj420p"
        for index in range(6):
            file = io.BytesIO()
            Image.new("RGB", (64, 48) if index < 3 else (48, 64), (200, 200, 200)).save(file, "JPEG")
            packet = av.Packet(file.getvalue())
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = video, index * 100, index * 100, True
            packet.time_base = Fraction(1, 1000)
            output.mux(packet)
    return path


def test_frames_of_another_size_are_letterboxed(tmp_path: Path) -> None:
    source = changing_size(tmp_path / "a.mkv")
    with VideoReader(source) as reader:
        assert [frame.pixels.shape for frame in reader.frames()] == [(48, 64, 3)] * 3 + [(64, 48, 3)] * 3
    copy_through(source, tmp_path / "out.mp4")
    with VideoReader(tmp_path / "out.mp4") as written:
        frames = [frame.pixels for frame in written.frames()]
    assert {frame.shape for frame in frames} == {(48, 64, 3)}
    assert frames[0].min() > 180
    last = frames[-1]
    assert last[:, :10].max() < 40
    assert last[:, 18:46].min() > 150


def test_a_later_frame_that_is_too_large_is_a_sentence(tmp_path: Path) -> None:
    with VideoReader(changing_size(tmp_path / "a.mkv"), max_pixels=64 * 48) as reader:
        assert len(list(reader.frames())) == 6
    write_video(tmp_path / "b.mp4", 2)
    with pytest.raises(VideoError, match=r"at most 3,071 pixels in a frame, got 64 x 48 = 3,072"):
        VideoReader(tmp_path / "b.mp4", max_pixels=64 * 48 - 1)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (15_000, 20), (20, 15_000), (33_000, 4)])
def test_extreme_sides(size: tuple[int, int], tmp_path: Path) -> None:
    first, second = (Image.new("RGB", size, color) for color in ("red", "blue"))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second], duration=100)
    shapes, _ = copy_through(tmp_path / "a.gif", tmp_path / "out.mp4")
    assert len(shapes) == 2
    assert max(shapes[0][:2]) <= video_writer.MAX_SIDE_PX


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp4"))
    odd.write_bytes(write_video(tmp_path / "a.mp4", 3).read_bytes())
    with VideoReader(odd) as reader:
        assert sum(1 for _ in reader.frames()) == 3
    with pytest.raises(VideoError, match="No file at"):
        VideoReader(tmp_path / "a:b.mp4")
    (tmp_path / "a:b.mp4").write_bytes(odd.read_bytes())
    VideoReader(tmp_path / "a:b.mp4").close()


def test_a_pipe_is_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(VideoError, match="is a pipe or device"):
        VideoReader(tmp_path / "pipe")
    with pytest.raises(VideoError, match="cannot be read: File name too long"):
        VideoReader(tmp_path / ("x" * 300 + ".mp4"))


@pytest.mark.parametrize(("curve", "white"), [(ColorTrc.SMPTE2084, 0.5807), (ColorTrc.ARIB_STD_B67, 0.75)])
def test_hdr_is_tone_mapped(curve: ColorTrc, white: float, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as output:
        video: Any = output.add_stream("libx265", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p10le"
        video.options = {"x265-params": "lossless=1:log-level=none"}
        context = video.codec_context
        context.color_trc, context.color_primaries = curve, ColorPrimaries.BT2020
        context.colorspace, context.color_range = Colorspace.BT2020, ColorRange.MPEG
        luma = np.full((64, 64), round(64 + 876 * white), np.uint16)
        luma[:, 32:] = 64
        planes = np.concatenate([luma.ravel(), np.full(64 * 64 // 2, 512, np.uint16)]).reshape(96, 64)
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p10le")
        picture.color_trc, picture.colorspace = curve, Colorspace.BT2020
        output.mux(video.encode(picture))
        output.mux(video.encode(None))
    with VideoReader(tmp_path / "a.mkv") as reader:
        [frame] = reader.frames()
    assert 235 <= frame.pixels[30, 10].mean() <= 250  # diffuse white; untreated code values would be 148 and 191
    assert frame.pixels[30, 50].max() <= 3
    assert np.ptp(frame.pixels[30, 10].astype(int)) <= 4


def test_the_shared_cases(shared_cases: Path, tmp_path: Path) -> None:
    shapes, notes = copy_through(shared_cases / "sound_without_decoder.mp4", tmp_path / "a.mp4")
    assert len(shapes) == 10
    assert any("no sound" in note for note in notes)
    shapes, _ = copy_through(shared_cases / "size_changes.mkv", tmp_path / "b.mp4")
    assert set(shapes) == {(320, 480, 3)}


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def test_closed_videos_leave_no_threads(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", 5, sound="aac")
    copy_through(source, tmp_path / "out.mp4")
    gc.collect()
    before = threads()
    gc.disable()
    try:
        for _ in range(4):
            copy_through(source, tmp_path / "out.mp4")
    finally:
        gc.enable()
    assert threads() <= before + 2
