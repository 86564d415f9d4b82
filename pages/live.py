"""Live: the camera's picture with the results drawn on it, and a reply in text and voice."""

import streamlit as st

from fizzog_core.errors import FizzogError
from pages.ui.live import answer, camera, overlay, panels, session
from pages.ui.live import game as live_game
from pages.ui.live import still as live_still
from pages.ui.live import teach as live_teach
from pages.ui.problem import show_problem

st.title("Live")

if camera.consent():
    try:
        live = session.session()
        session.choose(live)
        picture, beside = st.columns([3, 2], gap="large")
        with picture:
            if in_browser := overlay.is_used():
                overlay.show(live)
            else:
                overlay.show_fallen()
                answer.show(live, camera.stream(live))
        with beside:
            if in_browser:
                overlay.show_bars()
            else:
                panels.beside(live)
        minute, home, game, teach, still = st.tabs(
            ["The last minute", "Download", "Test me", "Teach me", "Without live video"]
        )
        with minute:
            if in_browser:
                overlay.show_minute()
            else:
                panels.below(live)
        with home:
            panels.keep(live)
        with game:
            live_game.show(live)
        with teach:
            live_teach.show(live)
        with still:
            live_still.show(live)
    except FizzogError as error:
        show_problem(error)
