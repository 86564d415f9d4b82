"""Live: the camera's picture with what is seen in it, and an answer in words and voice."""

import streamlit as st

from fizzog_core.errors import FizzogError
from pages.ui import live_answer, live_camera, live_game, live_panels, live_session, live_still, live_teach
from pages.ui.problem import show_problem

st.title("Live")

if live_camera.consent():
    try:
        live = live_session.session()
        live_session.choose(live)
        picture, beside = st.columns([3, 2], gap="large")
        with picture:
            problem = live_camera.stream(live)
            live_answer.show(live, problem)
        with beside:
            live_panels.beside(live)
        minute, home, game, teach, still = st.tabs(
            ["The last minute", "Take home", "Test me", "Teach me", "Without live video"]
        )
        with minute:
            live_panels.below(live)
        with home:
            live_panels.keep(live)
        with game:
            live_game.show(live)
        with teach:
            live_teach.show(live)
        with still:
            live_still.show(live)
        live_camera.catch_up()
    except FizzogError as error:
        show_problem(error)
