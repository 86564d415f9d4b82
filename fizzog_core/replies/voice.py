"""Speech for a sentence: from Google's text-to-speech service, else from the audio clip in ``clips/``.

The server plays nothing; the visitor's browser plays the MP3 bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fizzog_core.errors import SpeechError
from fizzog_core.replies.catalog import Response

CLIPS = Path(__file__).with_name("clips")
CLIP_SUFFIX = ".mp3"
NETWORK_LIMIT_S = 2.0
"""Seconds to wait for the network before the clip is used."""
RETRY_AFTER_S = 300.0
"""Seconds after a failure during which no network request is made."""


@dataclass(frozen=True, slots=True)
class Sound:
    """MP3 bytes and their origin."""

    data: bytes
    origin: Literal["cache", "network", "clip"]


def google_voice(text: str, language: str) -> bytes:
    """MP3 bytes from gTTS. Raises OSError or gTTSError without network, and on HTTP 429."""
    from gtts import gTTS

    buffer = io.BytesIO()
    gTTS(text, lang=language, lang_check=False, timeout=NETWORK_LIMIT_S).write_to_fp(buffer)
    return buffer.getvalue()


def clip_path(response: Response) -> Path:
    """Path of the audio clip of a response."""
    return CLIPS / f"{response.clip}{CLIP_SUFFIX}"


class Voice:
    """Text to speech for responses. One instance serves the whole process. Thread-safe.

    ``cache``: folder of fetched sentences; entries never expire. ``synthesize``: (text, language) to MP3 bytes; every
    exception that it raises counts as "no network".
    """

    def __init__(
        self,
        cache: Path,
        synthesize: Callable[[str, str], bytes] = google_voice,
        clock: Callable[[], float] = time.monotonic,
        limit_s: float = NETWORK_LIMIT_S,
    ) -> None:
        self._cache = cache
        self._synthesize = synthesize
        self._clock = clock
        self._limit_s = limit_s
        self._network_again_at = float("-inf")
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="fizzog-voice")

    def speak(self, response: Response, language: str) -> Sound:
        """The speech of a response. Raises SpeechError if the network fails and the clip is missing."""
        cached = self._cached_path(response.text, language)
        with contextlib.suppress(OSError):
            return Sound(cached.read_bytes(), "cache")
        if self._clock() >= self._network_again_at:
            # On a thread: a DNS query can block for longer than the time-out of the request. A late result still
            # enters the cache.
            waiting = self._worker.submit(self._fetch, response.text, language, cached)
            try:
                return Sound(waiting.result(self._limit_s), "network")
            except Exception:
                self._network_again_at = self._clock() + RETRY_AFTER_S
        return Sound(self._clip(response), "clip")

    def _fetch(self, text: str, language: str, cached: Path) -> bytes:
        data = self._synthesize(text, language)
        if not data:
            raise SpeechError(f"The speech service returned no sound for {text!r}.")
        with contextlib.suppress(OSError):  # without a cache each sentence is fetched again
            cached.parent.mkdir(parents=True, exist_ok=True)
            part = cached.with_suffix(f".{os.getpid()}.part")
            part.write_bytes(data)
            part.replace(cached)
        return data

    def _cached_path(self, text: str, language: str) -> Path:
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
        return self._cache / "speech" / language / f"{digest}.mp3"

    @staticmethod
    def _clip(response: Response) -> bytes:
        try:
            return clip_path(response).read_bytes()
        except OSError:
            raise SpeechError(
                f"No speech for {response.text!r}: the speech service cannot be reached and the clip "
                f"{clip_path(response).name} is missing. Run: make clips"
            ) from None
