"""The voice: cache, network, breaker and the clips that ship."""

import random
import threading
from pathlib import Path

import av
import pytest

from fizzog_core.errors import SpeechError
from fizzog_core.replies import catalog
from fizzog_core.replies.catalog import Response
from fizzog_core.replies.voice import CLIPS, RETRY_AFTER_S, Voice, clip_path

HELLO = catalog.choose("happy", "en", rng=random.Random(0))


class Network:
    """A voice service that counts its calls and can be down."""

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer
        self.calls: list[tuple[str, str]] = []

    def __call__(self, text: str, language: str) -> bytes:
        self.calls.append((text, language))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_asks_the_network_once(tmp_path: Path) -> None:
    network = Network(b"mp3")
    voice = Voice(tmp_path, network)
    assert [voice.speak(HELLO, "en").origin for _ in range(3)] == ["network", "cache", "cache"]
    assert voice.speak(HELLO, "en").data == b"mp3"
    assert voice.speak(HELLO, "de").origin == "network"
    assert network.calls == [(HELLO.text, "en"), (HELLO.text, "de")]
    assert Voice(tmp_path, Network(OSError())).speak(HELLO, "en").origin == "cache"


@pytest.mark.parametrize("failure", [OSError("no route"), RuntimeError("429 (Too Many Requests)"), b""])
def test_falls_back_and_leaves_the_network_alone(tmp_path: Path, failure: bytes | Exception) -> None:
    now = 0.0
    network = Network(failure)
    voice = Voice(tmp_path, network, clock=lambda: now)
    for _ in range(3):
        sound = voice.speak(HELLO, "en")
        assert (sound.origin, sound.data) == ("clip", clip_path(HELLO).read_bytes())
    assert len(network.calls) == 1
    now, network.answer = RETRY_AFTER_S, b"mp3"
    assert voice.speak(HELLO, "en").origin == "network"


def test_a_hanging_network_is_not_waited_for(tmp_path: Path) -> None:
    release = threading.Event()

    def hanging(text: str, language: str) -> bytes:
        release.wait(10)
        return b"late"

    voice = Voice(tmp_path, hanging, limit_s=0.05)
    try:
        assert voice.speak(HELLO, "en").origin == "clip"
        assert voice.speak(HELLO, "en").origin == "clip"
    finally:
        release.set()


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert Voice(blocked, Network(b"mp3")).speak(HELLO, "en").data == b"mp3"


def test_no_network_and_no_clip(tmp_path: Path) -> None:
    unknown = Response("A sentence of nobody's.", "en/none-00000000", "none")
    with pytest.raises(SpeechError, match="make clips"):
        Voice(tmp_path, Network(OSError())).speak(unknown, "en")


def test_every_sentence_has_its_clip_and_no_clip_is_left_over() -> None:
    wanted = {clip_path(response) for response in catalog.all_responses()}
    assert {path for path in CLIPS.rglob("*") if path.is_file()} == wanted
    assert sum(path.stat().st_size for path in wanted) < 4_000_000


@pytest.mark.parametrize("language", catalog.LANGUAGES)
def test_clips_can_be_heard(language: str) -> None:
    with av.open(str(clip_path(catalog.choose("happy", language, rng=random.Random(0))))) as file:
        frames = list(file.decode(audio=0))
    loudest = max(float(abs(frame.to_ndarray()).max()) for frame in frames)
    seconds = sum(frame.samples / frame.sample_rate for frame in frames)
    assert 1 < seconds < 12
    assert loudest > 0.1
