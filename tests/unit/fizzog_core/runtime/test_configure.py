"""``configure`` sets the options of the process; creating objects sets none."""

import os
import sys

import pytest

from fizzog_core import runtime
from fizzog_core.networks.batching import Engine
from fizzog_core.networks.predictor import Networks


@pytest.fixture
def _switch_interval():
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_switch_interval")
def test_sets_the_switch_interval_and_keeps_a_log_level_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")
    monkeypatch.setattr(runtime.malloc, "configure", lambda: True)  # mallopt cannot be undone
    runtime.configure()
    assert sys.getswitchinterval() == pytest.approx(runtime.SWITCH_INTERVAL_S)
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "1"
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    runtime.configure()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"


@pytest.mark.usefixtures("_switch_interval")
def test_an_engine_sets_no_option_of_the_process(tiny_networks: Networks) -> None:
    Engine(tiny_networks).close()
    assert sys.getswitchinterval() == pytest.approx(0.005)
