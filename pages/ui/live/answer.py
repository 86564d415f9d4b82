"""The reply: a caption that screen readers announce, and its voice, played in the visitor's browser.

Why not st.audio: docs/decisions/011-live-voice.md.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.components import v2 as components

from fizzog_core.live.session import LiveSession
from fizzog_core.replies.scheduler import Reply
from pages.ui import sound
from pages.ui.live.session import voice_choice
from pages.ui.live.state import state

_HTML = """
<p class="fizzog-caption" role="status" aria-live="polite" aria-atomic="true"></p>
<p class="fizzog-blocked" hidden>Your browser blocks the sound. Click anywhere on the page to allow it.</p>
<audio class="fizzog-voice" preload="auto" aria-hidden="true"></audio>
"""

_CSS = """
.fizzog-caption { font-size: 1.25rem; line-height: 1.5; min-height: 3.75rem; margin: 0; padding: 0.75rem 1rem;
  border-radius: 0.75rem; background: var(--st-secondary-background-color); color: var(--st-text-color); }
.fizzog-blocked { font-size: 0.875rem; margin: 0.25rem 0 0; color: var(--st-text-color); }
"""

_JS = """
export default function ({ parentElement, data }) {
  const caption = parentElement.querySelector(".fizzog-caption");
  const blocked = parentElement.querySelector(".fizzog-blocked");
  const voice = parentElement.querySelector(".fizzog-voice");
  voice.volume = data.volume;
  voice.muted = data.muted;
  if (voice.dataset.number === String(data.number)) return;
  voice.dataset.number = String(data.number);
  caption.textContent = data.text;
  caption.lang = data.language;
  if (!data.sound) return;
  voice.src = data.sound;
  voice.play().then(() => { blocked.hidden = true; }).catch(() => { blocked.hidden = data.muted; });
}
"""

spoken_caption = components.component("fizzog_answer", html=_HTML, css=_CSS, js=_JS, isolate_styles=False)


@st.fragment(run_every=0.5)
def show(live: LiveSession, problem: Callable[[], str]) -> None:
    """Show a problem, if there is one, and the newest reply; reads the session twice a second."""
    if sentence := problem():
        st.warning(sentence, icon=":material/healing:")
    reply = live.view().reply
    answer = st.container()
    muted, volume = voice_choice()
    if reply is None:
        text = "The reply appears here when an expression or a sign stays the same for a second."
        data = {"number": 0, "text": text, "language": "en", "sound": ""}
    else:
        data = {
            "number": reply.number,
            "text": reply.response.text,
            "language": reply.language,
            "sound": _sound(reply),
        }
    with answer:
        spoken_caption(key="live_answer", data=data | {"muted": muted, "volume": volume})


def _sound(reply: Reply) -> str:
    """The reply's voice as an address that holds the sound itself; empty if there is none."""
    kept = state()
    if kept.sound_number != reply.number:
        kept.sound, kept.sound_number = sound.spoken(reply), reply.number
    return kept.sound
