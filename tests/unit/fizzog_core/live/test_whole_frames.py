"""Frames that end at their marked packet, in aiortc's own buffer."""

import random

import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from fizzog_core.live import whole_frames


@pytest.fixture(autouse=True)
def ends_at_marker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JitterBuffer, "_remove_frame", JitterBuffer._remove_frame)
    whole_frames.end_frames_at_marker()


def packet(number: int, frame: int, data: str, marker: int = 0) -> RtpPacket:
    made = RtpPacket(payload_type=97, marker=marker, sequence_number=number % 2**16, timestamp=frame * 3000)
    made._data = data.encode()  # type: ignore[attr-defined]
    return made


def frames(packets: list[RtpPacket], is_video: bool = True) -> list[tuple[int, int, str]]:
    """(packet, frame, data) for each packet with which a frame came out of the buffer."""
    buffer = JitterBuffer(capacity=16, is_video=is_video)
    found = ((made.sequence_number, buffer.add(made)[1]) for made in packets)
    return [(number, frame.timestamp // 3000, frame.data.decode()) for number, frame in found if frame is not None]


TWO = [packet(1, 0, "a"), packet(2, 0, "b", 1), packet(3, 1, "c", 1), packet(4, 2, "d")]


def test_a_frame_is_handed_on_with_its_last_packet() -> None:
    assert frames(TWO) == [(2, 0, "ab"), (3, 1, "c")]


def test_aiortc_itself_still_waits_for_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, aiortc ends frames at the marker, and the module can go."""
    monkeypatch.setattr(JitterBuffer, "_remove_frame", whole_frames._first_of_two)
    assert frames(TWO) == [(3, 0, "ab"), (4, 1, "c")]


def test_a_frame_without_a_marker_ends_with_the_next_one() -> None:
    sent = [packet(1, 0, "a"), packet(2, 0, "b"), packet(3, 1, "c"), packet(4, 1, "d", 1), packet(5, 2, "e")]
    assert frames(sent) == [(3, 0, "ab"), (4, 1, "cd")]


def test_padding_after_a_frame_is_no_frame() -> None:
    padded = [packet(1, 0, "a", 1), packet(2, 0, ""), packet(3, 0, ""), packet(4, 1, "b"), packet(5, 1, "c", 1)]
    assert frames(padded) == [(1, 0, "a"), (5, 1, "bc")]


def test_sound_keeps_aiortcs_way() -> None:
    assert frames([packet(1, 0, "a", 1), packet(2, 1, "b", 1)], is_video=False) == [(2, 0, "a")]


def test_packets_in_any_near_order_give_every_frame_once_and_in_order() -> None:
    rng = random.Random(0)
    sent, number, wanted = [], 2**16 - 40, []
    for frame in range(60):
        size = rng.randint(2, 4)
        texts = [f"{frame}-{part} " for part in range(size)]
        sent += [packet(number + part, frame, text, part == size - 1) for part, text in enumerate(texts)]
        number += size
        wanted.append((frame, "".join(texts)))
    for i in range(1, len(sent) - 12, 3):
        sent[i], sent[i + 1] = sent[i + 1], sent[i]
    late = sent.pop(30)  # sent again after it was missed
    sent.insert(36, late)
    assert [(frame, data) for _, frame, data in frames(sent)] == wanted
