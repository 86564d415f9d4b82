"""What the site loads once, and that a run of a page leaves it alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config
from streamlit.runtime.scriptrunner import script_runner

from pages.ui import loaders


@pytest.fixture
def keras_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives Keras its own function back afterwards."""
    import keras

    monkeypatch.setattr(keras.backend, "clear_session", keras.backend.clear_session)


def test_the_end_of_a_run_leaves_keras_alone(
    keras_session: None, tiny_models: Path, set_fizzog: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras.src.backend.common import global_state

    set_fizzog(models=tiny_models)
    st.cache_resource.clear()
    loaded = loaders.networks()
    before = global_state.GLOBAL_STATE_TRACKER
    script_runner._clean_problem_modules()
    assert global_state.GLOBAL_STATE_TRACKER is before
    assert loaders.networks() is loaded


def test_the_site_collects_no_garbage_after_each_run() -> None:
    assert config.get_option("runner.postScriptGC") is False
