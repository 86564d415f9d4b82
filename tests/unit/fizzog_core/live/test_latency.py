"""How fast a session is."""

import pytest

from fizzog_core.live.latency import WINDOW_S, Meter, Reading


def test_nothing_yet() -> None:
    assert Meter().read(5.0) == Reading()


def test_times_rates_and_counts() -> None:
    meter = Meter()
    for n in range(101):
        meter.receive()
        meter.show(n / 20)
        meter.analyse(n / 20 - n / 1000, n / 20, {"find_faces": 10.0 + n % 2})
    meter.drop()
    reading = meter.read(5.0)
    assert reading.p50_ms == pytest.approx(50)
    assert reading.p95_ms == pytest.approx(95)
    assert reading.results_per_s == pytest.approx(20)
    assert reading.shown_per_s == pytest.approx(20)
    assert (reading.received, reading.analysed, reading.dropped) == (101, 101, 1)
    assert reading.stage_ms["find_faces"] == pytest.approx(10.5, abs=0.01)


def test_only_the_last_seconds_count() -> None:
    meter = Meter()
    meter.analyse(0.0, 1.0, {"old": 1.0})
    meter.analyse(100.0, 100.1, {"new": 1.0})
    reading = meter.read(100.2)
    assert reading.p50_ms == pytest.approx(100)
    assert set(reading.stage_ms) == {"new"}
    assert meter.read(101 + WINDOW_S).p50_ms is None
    assert meter.read(101 + WINDOW_S).analysed == 2
