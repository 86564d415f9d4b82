"""What the site loads once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit import config

from fizzog_core.live import capacity
from pages.ui import loaders


@pytest.fixture
def measured_60_ms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine of eight cores whose analysis takes 60 ms: 75 drawn results a second, or 96 without drawing."""
    monkeypatch.setattr(capacity, "analysis_ms", lambda *_: 60.0)
    monkeypatch.setattr(loaders, "available_cores", lambda: 8)
    loaders.close()
    yield
    loaders.close()


def test_the_site_collects_no_garbage_after_each_run() -> None:
    assert config.get_option("runner.postScriptGC") is False


@pytest.mark.usefixtures("measured_60_ms")
@pytest.mark.parametrize(("drawing", "expected"), [("server", 3), ("browser", 9)])
def test_the_measurement_gives_the_number_of_live_slots(
    set_fizzog: Callable[..., None], tiny_models: Path, monkeypatch: pytest.MonkeyPatch, drawing: str, expected: int
) -> None:
    set_fizzog(models=tiny_models, live_drawing=drawing)
    monkeypatch.delenv("FIZZOG_MAX_LIVE", raising=False)
    assert loaders.slots().limit == 8, "a slot for each core before the measurement"
    loaders.measure_capacity()
    assert loaders.slots().limit == expected


@pytest.mark.usefixtures("measured_60_ms")
def test_a_setting_overrides_the_measurement(set_fizzog: Callable[..., None], tiny_models: Path) -> None:
    set_fizzog(models=tiny_models, max_live=3, live_drawing="server")
    loaders.measure_capacity()
    assert loaders.slots().limit == 3
    assert loaders.live_capacity().results_per_s == pytest.approx(75.6)
