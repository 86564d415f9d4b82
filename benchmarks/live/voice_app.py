"""The page of benchmarks.live.voice: a button that plays a tone. The address selects the way of playing."""

from __future__ import annotations

import base64
import io
import time
import wave

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit_webrtc import WebRtcMode, create_pcm_audio_source_track, webrtc_streamer

from pages.ui.live import answer

RATE = 48_000


def tone(number: int) -> NDArray[np.int16]:
    """Returns half a second of a tone. Each number has another pitch: the browser plays an equal sound once."""
    return (12_000 * np.sin(np.arange(RATE // 2) * 2 * np.pi * (440 + 10 * number) / RATE)).astype(np.int16)


def tone_file(number: int) -> bytes:
    """Returns the tone as a WAV file, which has no encoder delay."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(tone(number).tobytes())
    return file.getvalue()


state = st.session_state
way = st.query_params["way"]
pressed = st.button("Speak")
if pressed:
    state["asked_s"] = time.time()
    state["number"] = state.get("number", 0) + 1
number = state.get("number", 0)
if way == "component":
    sound = f"data:audio/wav;base64,{base64.b64encode(tone_file(number)).decode()}" if number else ""
    data = {"number": number, "text": "", "language": "en", "sound": sound, "muted": False, "volume": 0.8}
    answer.spoken_caption(key="answer", data=data)
elif way == "st.audio":
    if pressed:
        st.audio(tone_file(number), format="audio/wav", autoplay=True)
else:
    source = create_pcm_audio_source_track(key="voice", sample_rate=RATE)
    webrtc_streamer(
        key="stream", mode=WebRtcMode.RECVONLY, source_audio_track=source.track, desired_playing_state=True,
        rtc_configuration={"iceServers": []}, media_stream_constraints={"video": False, "audio": True},
    )  # fmt: skip
    if pressed:
        source.push(tone(number))
st.text(f"asked {state.get('asked_s', 0)}")
