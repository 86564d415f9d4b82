"""A reply's voice in the page, with controls to play it. Why not st.audio: docs/decisions/011-live-voice.md."""

from __future__ import annotations

import base64

from streamlit.components import v2 as components

from fizzog_core.errors import SpeechError
from fizzog_core.output.media_types import MEDIA_TYPES
from fizzog_core.replies.scheduler import Reply
from fizzog_core.replies.voice import Sound
from pages.ui import loaders

_HTML = '<audio class="fizzog-sound" controls aria-label="The reply, spoken"></audio>'

_CSS = ".fizzog-sound { display: block; width: 100%; height: 2.5rem; }"

_JS = """
export default function ({ parentElement, data }) {
  const sound = parentElement.querySelector(".fizzog-sound");
  if (sound.src === data.sound) return;
  sound.src = data.sound;
  if (data.at_once) sound.play().catch(() => {});
}
"""

player = components.component("fizzog_sound", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)


def address(sound: Sound) -> str:
    """The sound as a data URL."""
    return f"data:{MEDIA_TYPES['mp3']};base64,{base64.b64encode(sound.data).decode()}"


def spoken(reply: Reply) -> str:
    """The voice of a live reply as a data URL; empty if there is none."""
    try:
        return address(loaders.voice().speak(reply.response, reply.language))
    except SpeechError:
        return ""


def show(sound: Sound, key: str, at_once: bool) -> None:
    """Show the player. ``at_once`` starts it when the sound arrives, once for each ``key`` and sound."""
    player(key=f"sound-{key}", data={"sound": address(sound), "at_once": at_once})
