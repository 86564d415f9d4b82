"""Opens video files with PyAV: what may be read, and a sentence for what is no video."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from fizzog_core.errors import VideoError

FORMATS = (
    "mp4", "mov", "m4v", "webm", "mkv", "avi", "gif", "mpg", "mpeg", "ts", "mts", "3gp", "ogv", "flv", "wmv", "mxf",
)  # fmt: skip
"""File name endings that a page offers; what is read is decided by the bytes."""

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
"""A playlist (HLS, DASH, concat) could name any other file or address: its readers are not among them."""
_PICTURE_BRANDS = {"heic", "heix", "heim", "heis", "mif1", "avif"}
"""HEIC and AVIF pictures come in the box format of MP4."""

EXPECTED = "Expected a video, such as MP4, MOV, WebM, MKV, AVI or GIF."


def open_container(path: Path) -> InputContainer:
    """The file opened by PyAV, with the readers of playlists and of network addresses locked out. Raises VideoError."""
    try:
        if path.stat().st_size == 0:
            raise VideoError(f"{path.name} is empty (0 bytes). {EXPECTED}")
        return av.open(str(path), options=_OPTIONS, metadata_errors="replace")
    except FileNotFoundError:
        raise VideoError(f"No file at {path}. Check the name.") from None
    except (IsADirectoryError, PermissionError) as error:
        raise VideoError(f"{path} cannot be read: {error.strerror}. {EXPECTED}") from None
    except (FFmpegError, OSError, ValueError) as error:
        came = "it begins like a video but is cut before its index" if _looks_like_mp4(path) else "it is not a video"
        raise VideoError(f"{path.name} cannot be opened: {came}, or it is damaged. {EXPECTED}") from error


def start_of(container: InputContainer) -> Fraction:
    """The earliest start of the file's video and audio, in seconds: time zero of its frames."""
    streams = [*container.streams.video, *container.streams.audio]
    starts = [s.start_time * Fraction(s.time_base) for s in streams if s.start_time is not None and s.time_base]
    return min(starts, default=Fraction(0))


def _looks_like_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first stream of moving pictures; a cover picture of a sound file is none. Raises VideoError."""
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    brand = str(container.metadata.get("major_brand", "")).strip()
    if container.format.name in _PICTURE_READERS.split(",") or brand in _PICTURE_BRANDS:
        raise VideoError(f"{path.name} is a picture, not a video. Use the picture page or `analyze` for it.")
    if moving and moving[0].codec_context is not None and moving[0].codec_context.width > 0:
        return moving[0]
    if container.streams.audio:
        raise VideoError(f"{path.name} holds only sound. {EXPECTED}")
    raise VideoError(f"{path.name} holds no picture: its header is there, its frames are not. {EXPECTED}")
