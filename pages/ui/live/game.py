"""Test me: a game of one minute, and the visitor's own confusion matrix."""

from __future__ import annotations

import dataclasses
import random
import time

import altair as alt
import pandas as pd
import streamlit as st

from fizzog_core.live import game
from fizzog_core.live.game import Game, Kind
from fizzog_core.live.session import LiveSession
from pages.ui.download import save_button
from pages.ui.live import resting
from pages.ui.live.state import state

SHOWN = {
    "angry": "an **angry** face", "disgust": "a **disgusted** face", "fear": "a **frightened** face",
    "happy": "a **happy** face", "sad": "a **sad** face", "surprise": "a **surprised** face",
    "neutral": "a **neutral** face", "punch": "a **fist** (letter A)", "super": "thumb and finger as a **ring** (F)",
    "loser": "thumb and finger as an **L**", "victory": "two fingers as a **V**",
}  # fmt: skip
TITLES: dict[Kind, str] = {"emotion": "Faces", "gesture": "Signs"}


def show(live: LiveSession) -> None:
    """Show the start button, the prompts and the result. The session gives each frame's result to the game."""
    st.fragment(_show, run_every=0.5 if running() else None)(live)


def _show(live: LiveSession) -> None:
    now = time.monotonic()
    played = state().game
    if played is None or played.is_over(now):
        if st.button("Start the game", icon=":material/sports_esports:"):
            if live.view().streaming:
                _start(live, now)
                st.rerun()
            st.info("Start the camera first.")
        st.caption("One minute: seven faces and four signs.")
        resting.relax(live, "game")
    elif (prompt := played.prompt(now)) is not None:
        number = played.prompts.index(prompt) + 1
        st.markdown(f"### {number} of {len(played.prompts)}: show {SHOWN[prompt.label]}")
        remaining_s = played.remaining_s(now)
        share = 1 - remaining_s / (prompt.end_s - prompt.start_s)
        st.progress(min(1.0, max(0.0, share)), f"{remaining_s:.0f} s left")
    if played is not None and played.is_over(now):
        if live.listeners.pop("game", None):
            st.rerun()
        _result(played)


def running() -> bool:
    """Whether a game runs: it needs faces and hands, and all seven expressions."""
    played = state().game
    return played is not None and not played.is_over(time.monotonic())


def _start(live: LiveSession, now: float) -> None:
    played = state().game = Game(random.randrange(2**31), now)
    live.options = dataclasses.replace(live.options, mode="both", vocabulary=7)
    live.listeners["game"] = lambda seen, at_s: played.observe(
        at_s,
        seen.largest("face"),
        seen.largest("hand"),
        seen.largest("face", adjusted=False) if seen.unadjusted else None,
    )


def _result(played: Game) -> None:
    turns = played.turns()
    st.metric("Recognised correctly", f"{sum(turn.right for turn in turns)} of {len(turns)}")
    if (both := game.faces_right(turns)) is not None:
        st.caption(f"Faces: {both[0]} of 7 against your resting face, {both[1]} of 7 without it.")
    for kind, title in TITLES.items():
        table = game.confusion(turns, kind)
        st.markdown(f"**{title}**: rows are the requested labels, columns the recognised ones")
        st.altair_chart(_matrix(table), width="stretch", key=f"live_game_{kind}")
    wrong = game.mistakes(turns)
    if wrong.empty:
        st.success("Everything was recognised correctly.")
    else:
        st.markdown("**Not recognised correctly.** The networks may be wrong, or the face or hand was not clear.")
        st.dataframe(wrong[["asked", "seen", "share_right", "first_right_s"]], hide_index=True, width="stretch")
    with st.container(horizontal=True):
        save_button("Result (CSV)", "fizzog-game.csv", game.to_csv(turns))
        save_button("Result (JSON)", "fizzog-game.json", game.to_json(played))


def _matrix(table: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    cells = table.reset_index().melt("asked", var_name="seen", value_name="share")
    base = alt.Chart(cells).encode(
        x=alt.X("seen:N", sort=None, title="seen", axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("asked:N", sort=None, title="asked"),
        tooltip=["asked", "seen", alt.Tooltip("share:Q", format=".0%")],
    )
    squares = base.mark_rect().encode(
        color=alt.Color("share:Q", scale=alt.Scale(domain=[0, 1], scheme="oranges"), legend=None)
    )
    words = (
        base.transform_filter("datum.share > 0")
        .mark_text()
        .encode(
            text=alt.Text("share:Q", format=".0%"),
            color=alt.condition("datum.share > 0.6", alt.value("white"), alt.value("black")),
        )
    )
    return alt.layer(squares, words).properties(height=40 + 30 * cells["asked"].nunique())
