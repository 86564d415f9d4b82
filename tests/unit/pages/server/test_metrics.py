"""The metrics and the log of the site."""

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.live.browser import running_site
from benchmarks.waiting import wait_for
from fizzog_core.runtime import events
from pages.ui import loaders
from pages.ui.server.metrics import SiteMetrics


@pytest.fixture
def counted() -> Iterator[SiteMetrics]:
    """Metrics of the events in a test. The pools that their gauges read are closed."""
    metrics, level = SiteMetrics(), events.LOG.level
    events.LOG.setLevel(logging.INFO)
    events.LOG.addHandler(metrics)
    yield metrics
    events.LOG.removeHandler(metrics)
    events.LOG.setLevel(level)
    loaders.close()


def test_before_the_first_event_nothing_is_counted(counted: SiteMetrics) -> None:
    lines = counted.text().decode().splitlines()
    waiting = {f'fizzog_jobs_waiting{{pool="{pool}"}} 0.0' for pool in ("pictures", "videos", "data_sets")}
    assert {"fizzog_visitors 0.0", "fizzog_live_slots_taken 0.0", *waiting} <= set(lines)
    assert not [line for line in lines if line.startswith(("fizzog_job_seconds", "fizzog_refused_total"))]


def test_jobs_refusals_and_stages_are_counted(counted: SiteMetrics) -> None:
    events.event("job", job="analyze_to_show", outcome="done", ms=300)
    events.event("job", job="analyze_to_show", outcome="PictureError", ms=20)
    events.event("refused", what="live")
    events.event("start")
    counted.stages("live", {"faces": 5.0, "hands": 15.0})
    text = counted.text().decode()
    assert 'fizzog_job_seconds_sum{job="analyze_to_show",outcome="done"} 0.3\n' in text
    assert 'fizzog_job_seconds_count{job="analyze_to_show",outcome="PictureError"} 1.0\n' in text
    assert 'fizzog_refused_total{what="live"} 1.0\n' in text
    assert 'fizzog_stage_seconds_sum{kind="live",stage="hands"} 0.015\n' in text


@pytest.mark.slow
def test_a_site_answers_them_and_its_log_is_json_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_site(log, metrics="1") as address:
        sample = 'fizzog_job_seconds_count{job="analyze_to_show",outcome="done"} 1.0'
        wait_for(
            lambda: sample in urllib.request.urlopen(f"{address}/metrics").read().decode(), 60, "no sample is analysed"
        )
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    assert {"start", "job", "shutdown"} <= {line["event"] for line in lines}
    assert "127.0.0.1" not in json.dumps(lines)


@pytest.mark.slow
def test_without_the_setting_there_are_none(tmp_path: Path) -> None:
    with running_site(tmp_path / "log") as address, pytest.raises(urllib.error.HTTPError, match="404") as refusal:
        urllib.request.urlopen(f"{address}/metrics")
    refusal.value.close()
