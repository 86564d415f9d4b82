"""Opens video files with PyAV, and finds their streams. Fields that PyAV may leave empty are checked here."""

from __future__ import annotations

import stat
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from fizzog_core.errors import VideoError
from fizzog_core.runtime.paths import path_text, short_text, unreadable

FORMATS = (
    "mp4", "mov", "m4v", "webm", "mkv", "avi", "gif", "mpg", "mpeg", "ts", "mts", "3gp", "ogv", "flv", "wmv", "mxf",
)  # fmt: skip
"""File name endings that a page offers. The content decides which files can be read."""

_VIDEO_READERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,apng,flv,live_flv,ogg,asf,rm,mxf,nut,dv,ivf,obu,wtv,swf,nsv,roq,"
    "mpeg,mpegts,mpegvideo,mpegtsraw,h264,hevc,m4v,vc1,mjpeg,yuv4mpegpipe,bink,smk,fli,flic"
)
_SOUND_READERS = "mp3,wav,flac,aac,ac3,eac3,dts,aiff,au,amr,caf,w64,wv,ape,tta,mpc,mpc8,oma"
_PICTURE_READERS = (
    "image2,jpeg_pipe,jpegls_pipe,jpegxl_pipe,png_pipe,webp_pipe,bmp_pipe,tiff_pipe,psd_pipe,ppm_pipe,pgm_pipe,pbm_pipe,"
    "pam_pipe,j2k_pipe,dds_pipe,exr_pipe,hdr_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,svg_pipe,xbm_pipe,xpm_pipe,pcx_pipe,ico"
)
_OPTIONS = {
    "format_whitelist": f"{_VIDEO_READERS},{_SOUND_READERS},{_PICTURE_READERS}",
    "protocol_whitelist": "file",
}
"""Readers of playlists (HLS, DASH, concat) are excluded: a playlist could name any other file or address."""
_ALIGNMENT_PIXELS = 1_000_000
"""FFmpeg compares its limit with the width rounded up to a multiple of 64."""
_PICTURE_BRANDS = {"heic", "heix", "heim", "heis", "mif1", "avif"}
"""HEIC and AVIF images use the box format of MP4."""

EXPECTED = "Expected a video, such as MP4, MOV, WebM, MKV, AVI or GIF."


def open_container(path: Path, max_pixels: int) -> InputContainer:
    """The file opened by PyAV, without readers of playlists and network addresses. Raises VideoError.

    ``max_pixels``: FFmpeg decodes no larger frame to find the streams. A decoder that the caller opens needs
    ``decoder_options`` too.
    """
    name = short_text(path.name)
    try:
        status = path.stat()
        if stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode) or stat.S_ISSOCK(status.st_mode):
            raise VideoError(f"{short_text(path)} is a pipe or device. Save the video to a file first.")
        begins_like_mp4 = _begins_like_mp4(path)
        if status.st_size == 0:
            raise VideoError(f"{name} is empty (0 bytes). {EXPECTED}")
    except (OSError, ValueError) as error:
        raise VideoError(unreadable(path, error, "a video file")) from None
    try:
        if path_text(path) == str(path):
            return _open(str(path.absolute()), max_pixels)  # a relative name such as "a:b.mp4" would read as a protocol
        with path.open("rb") as file:  # FFmpeg needs UTF-8: a name that is not is opened by its descriptor
            return _open(f"/dev/fd/{file.fileno()}", max_pixels)
    except MemoryError:
        raise VideoError(f"There is not enough memory to open {name}. Reduce its size and retry.") from None
    except Exception as error:  # demuxers raise exceptions of several types on damaged bytes
        came = "it begins like a video but is cut before its index" if begins_like_mp4 else "it is not a video"
        raise VideoError(f"{name} cannot be opened: {came}, or it is damaged. {EXPECTED}") from error


def _open(address: str, max_pixels: int) -> InputContainer:
    return av.open(address, options=_OPTIONS | decoder_options(max_pixels), metadata_errors="replace")


def decoder_options(max_pixels: int) -> dict[str, str]:
    """Options with which FFmpeg allocates no frame of many more than ``max_pixels``."""
    return {"max_pixels": str(max_pixels + _ALIGNMENT_PIXELS)}


def start_of(container: InputContainer) -> Fraction:
    """Time zero of the file: the earliest start of its video and audio streams, in seconds."""
    streams = [*container.streams.video, *container.streams.audio]
    starts = [s.start_time * Fraction(s.time_base) for s in streams if s.start_time is not None and s.time_base]
    return min(starts, default=Fraction(0))


def _begins_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first video stream with a decoder; the cover image of an audio file does not count. Raises VideoError."""
    name = short_text(path.name)
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    brand = str(container.metadata.get("major_brand", "")).strip()
    if container.format.name in _PICTURE_READERS.split(",") or brand in _PICTURE_BRANDS:
        raise VideoError(f"{name} is a picture, not a video. Use the picture page or `analyze` for it.")
    for stream in moving:
        if stream.codec_context is not None and stream.codec_context.width > 0:
            return stream
    if any(stream.codec_context is None for stream in moving):
        raise VideoError(f"{name} has a video codec that cannot be decoded here. Convert it to MP4 (H.264) and retry.")
    if container.streams.audio:
        raise VideoError(f"{name} holds only sound. {EXPECTED}")
    raise VideoError(f"{name} holds no picture: its header is there, its frames are not. {EXPECTED}")


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The first audio stream with a decoder; None if there is none."""
    for stream in container.streams.audio:
        context = stream.codec_context
        if context is not None and context.sample_rate > 0 and context.layout.nb_channels > 0:
            return stream
    return None
