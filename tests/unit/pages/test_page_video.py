"""The video page: from an upload to a result, sentences for what is no video, nothing left on the disk."""

import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from fizzog_core.jobs import video_upload
from fizzog_core.tracking.timeline import Interval
from pages.ui import loaders
from pages.ui.state import key_of
from pages.ui.video import charts, result, run
from pages.ui.video.state import VideoState
from tests.support import worker_jobs
from tests.support.paths import ROOT
from tests.support.processes import is_alive
from tests.support.videos import write_video

pytestmark = pytest.mark.slow

PAGE = str(ROOT / "pages" / "analyze_video.py")


@pytest.fixture(scope="module", autouse=True)
def own_resources() -> Iterator[None]:
    """What is loaded once for the process is loaded once for this module, and not left behind."""
    loaders.close()
    yield
    loaders.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The astronaut for a second, ten frames, with a tone."""
    with Image.open(ROOT / "samples" / "astronaut.png") as image:
        still = np.asarray(image.convert("RGB").resize((256, 256)))
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return write_video(path, 10, size=(256, 256), pictures=[still], sound="aac").read_bytes()


@pytest.fixture
def page(tiny_models: Path, tmp_path: Path, set_fizzog: Callable, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page on tiny networks, with temporary files in a folder of its own."""
    set_fizzog(models=tiny_models)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return AppTest.from_file(PAGE, default_timeout=120).run()


def analyze(page: AppTest, name: str, data: bytes) -> AppTest:
    page.file_uploader[0].upload(name, data, "video/mp4").run()
    next(button for button in page.button if button.label == "Analyze").click().run()
    assert not page.exception
    return page


def test_nothing_chosen_yet(page: AppTest) -> None:
    assert not page.exception
    assert not page.button
    assert not page.get("video")


def test_a_video_becomes_player_charts_table_and_files(page: AppTest, clip: bytes, tmp_path: Path) -> None:
    analyze(page, "clip.mp4", clip)
    assert len(page.get("video")) == 1
    assert len(page.get("arrow_vega_lite_chart") or page.get("vega_lite_chart")) == 2
    table = page.dataframe[0].value
    assert table["frame"].tolist() == list(range(10))
    assert set(table["kind"]) == {"face"}
    assert [button.proto.label for button in page.get("download_button")] == [
        "Video (MP4)", "Table (CSV)", "Table (Parquet)",
    ]  # fmt: skip
    assert list((tmp_path / "temporary").iterdir()) == []
    outcome = page.session_state[key_of(VideoState)].outcome
    assert outcome.mp4[4:8] == b"ftyp"
    csv, parquet = pd.read_csv(io.BytesIO(result.csv(outcome))), pd.read_parquet(io.BytesIO(outcome.parquet))
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)


def test_a_key_moment_starts_another_player_there(page: AppTest, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "fizzog_core.tracking.timeline.key_moments", lambda _: (Interval("face", 1, "happy", 0, 1, 0.7, 0.9),)
    )
    analyze(page, "clip.mp4", clip)
    for seeks in (1, 2):
        page.button(key="moment-0").click().run()
        assert page.session_state[key_of(VideoState)].seeks == seeks
        (player,) = page.get("video")
        assert (player.proto.start_time, player.proto.autoplay) == (0, True)


def test_fewer_frames(page: AppTest, clip: bytes) -> None:
    page.selectbox[0].set_value("2 a second")
    analyze(page, "clip.mp4", clip)
    assert page.dataframe[0].value["frame"].tolist() == [0, 5]


def test_another_file_takes_the_result_away(page: AppTest, clip: bytes) -> None:
    analyze(page, "clip.mp4", clip)
    page.file_uploader[0].set_value(("other.mp4", clip, "video/mp4")).run()
    assert not page.get("video")
    page.file_uploader[0].set_value(None).run()
    assert page.session_state[key_of(VideoState)].outcome is None


@pytest.mark.parametrize(
    ("data", "sentence"), [(b"", "is empty"), (b"no video " * 40, "it is not a video"), (b"\xff\xd8\xff" * 40, "video")]
)
def test_a_file_that_is_no_video_is_refused(data: bytes, sentence: str, page: AppTest, tmp_path: Path) -> None:
    analyze(page, "holiday.mp4", data)
    assert "holiday.mp4" in page.error[0].value
    assert sentence in page.error[0].value
    assert not page.get("video")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_missing_networks_are_told(page: AppTest, clip: bytes, tmp_path: Path, set_fizzog: Callable) -> None:
    set_fizzog(models=tmp_path / "nothing")
    loaders.close()
    analyze(page, "clip.mp4", clip)
    assert "No card at" in page.error[0].value
    loaders.close()  # the worker processes have these settings


def test_a_full_queue_asks_to_wait(page: AppTest, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    loaders.close()
    monkeypatch.setattr(loaders, "WAITING_VIDEOS", 0)
    monkeypatch.setattr(loaders, "available_cores", lambda: 2)
    loaders.videos().submit(worker_jobs.hang)
    analyze(page, "clip.mp4", clip)
    assert "Retry in a moment" in page.error[0].value
    loaders.close()


def test_a_visitor_sees_the_place_in_the_queue(page: AppTest, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    loaders.close()
    monkeypatch.setattr(loaders, "available_cores", lambda: 2)
    other = loaders.videos().submit(worker_jobs.hang)
    shown: list[str] = []

    def info(part: DeltaGenerator, text: str, **_: object) -> None:
        shown.append(text)
        other.cancel()

    monkeypatch.setattr(DeltaGenerator, "info", info)
    analyze(page, "clip.mp4", clip)
    assert shown[0] == "You are number 1 in the queue."
    assert len(page.get("video")) == 1
    loaders.close()


def test_a_killed_process_costs_its_visitor_one_run(
    page: AppTest, clip: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(video_upload, "analyze", worker_jobs.write_and_die)
        analyze(page, "clip.mp4", clip)
    assert "ended unexpectedly" in page.error[0].value
    assert list((tmp_path / "temporary").iterdir()) == []
    page.run()
    next(button for button in page.button if button.label == "Analyze").click().run()
    assert len(page.get("video")) == 1


def test_a_visit_that_ends_ends_its_job(
    page: AppTest, clip: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    processes: list[int] = []

    def leave(_: DeltaGenerator, process: int) -> None:
        processes.append(process)
        st.stop()  # as Streamlit stops the run of a visitor who leaves

    monkeypatch.setattr(video_upload, "analyze", worker_jobs.write_for_ever)
    monkeypatch.setattr(run, "show_progress", leave)
    analyze(page, "clip.mp4", clip)
    assert not is_alive(processes[0])
    assert list((tmp_path / "temporary").iterdir()) == []


STRETCHES = [Interval("face", 1, "happy", 0, 2, 1, 0.9), Interval("hand", 1, "not sure", 1, 3, 1, 0.4)]


@pytest.mark.parametrize("intervals", [STRETCHES[:1], STRETCHES, STRETCHES * 2000])
def test_charts_can_be_drawn(intervals: list[Interval]) -> None:
    chart = charts.timeline_chart(intervals, 3.0).to_dict()
    (rows,) = chart["datasets"].values()
    assert len(rows) == min(len(intervals), charts.MAX_INTERVALS)
    assert chart["params"][0]["name"] == charts.CHOSEN
    assert "start_s" in chart["params"][0]["select"]["fields"]
    assert charts.seconds_chart(intervals).to_dict()["mark"]["type"] == "bar"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00.0"), (9.96, "0:10.0"), (83.25, "1:23.2"), (3599.99, "60:00.0")]
)
def test_clock(seconds: float, text: str) -> None:
    assert charts.clock(seconds) == text
