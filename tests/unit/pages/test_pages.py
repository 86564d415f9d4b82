"""Each page runs without an exception, shows what was found, and tells a problem in a sentence."""

import base64
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st
from PIL import Image, ImageChops
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from benchmarks.waiting import wait_for
from fizzog_core.errors import CancelledJobError
from fizzog_core.jobs import upload_jobs
from fizzog_core.labels import EMOTION_VOCABULARIES, EMOTIONS
from fizzog_core.replies import catalog, voice
from fizzog_core.runtime.worker_pool import WorkerPool
from pages.ui import loaders, work
from pages.ui.server import addresses
from pages.ui.state import key_of
from pages.ui.work import VisitorWork
from tests.support import worker_jobs
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

ASTRONAUT = (ROOT / "samples" / "astronaut.png").read_bytes()


@pytest.fixture(scope="module", autouse=True)
def own_resources() -> Iterator[None]:
    """What is loaded once for the process is loaded once for this module, and not left behind."""
    loaders.close()
    yield
    loaders.close()


@pytest.fixture
def site(tiny_models: Path, tmp_path: Path, set_fizzog: Callable[..., None], played: list) -> None:
    """The site on tiny random networks and an empty cache."""
    set_fizzog(models=tiny_models, cache=tmp_path)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no network in tests")

    monkeypatch.setattr("gtts.gTTS.write_to_fp", refuse)


def open_page(path: str) -> AppTest:
    return AppTest.from_file(str(ROOT / path), default_timeout=60).run()


def spoken(page: AppTest) -> str:
    return page.chat_message[0].markdown[0].value.strip("*")


def sentences(language: str) -> set[str]:
    return {text for texts in catalog.table()[language].values() for text in texts}


def test_the_site_opens_at_home(site: None) -> None:
    page = open_page("streamlit_app.py")
    assert not page.exception
    assert "Fizzog" in page.title[0].value
    assert spoken(page) in sentences("en")


def test_about_shows_the_figures(site: None, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(models=ROOT / "models")
    page = open_page("pages/about.py")
    assert not page.exception
    assert len(page.dataframe[0].value) > 0
    assert any("AI Act" in part.value for part in page.markdown)


@pytest.mark.parametrize("path", ["streamlit_app.py", "pages/analyze_image.py"])
def test_missing_networks_are_told(path: str, site: None, tmp_path: Path, set_fizzog: Callable[..., None]) -> None:
    set_fizzog(models=tmp_path / "nothing")
    loaders.close()
    page = open_page(path)
    if path.endswith("analyze_image.py"):
        page.file_uploader[0].upload("astronaut.png", ASTRONAUT, "image/png").run()
    assert not page.exception
    assert "No card at" in page.error[0].value
    loaders.close()  # the worker processes have these settings


def test_nothing_chosen_yet(site: None) -> None:
    page = open_page("pages/analyze_image.py")
    assert not page.exception
    assert not page.chat_message
    assert not page.dataframe


def test_sample(site: None) -> None:
    page = open_page("pages/analyze_image.py")
    page.button_group[0].set_value("Sample").run()
    assert not page.exception
    points, table = page.dataframe[0].value, page.dataframe[1].value
    assert len(points) == 15
    assert list(table["source"]) == ["astronaut.png"]
    assert len([name for name in table.columns if name.endswith(("_x", "_y"))]) == 30
    assert spoken(page) in sentences("en")


@pytest.mark.parametrize("size", EMOTION_VOCABULARIES)
def test_vocabulary(size: int, site: None) -> None:
    page = open_page("pages/analyze_image.py")
    page.file_uploader[0].upload("astronaut.png", ASTRONAUT, "image/png").run()
    page.selectbox[0].set_value(size).run()
    assert not page.exception
    assert page.dataframe[-1].value["emotion"].iloc[0] in EMOTION_VOCABULARIES[size]


def test_the_reply_stays_and_changes_with_the_language(site: None, played: list) -> None:
    page = open_page("pages/analyze_image.py")
    page.file_uploader[0].upload("astronaut.png", ASTRONAUT, "image/png").run()
    first = spoken(page)
    assert spoken(page.run()) == first
    for language in catalog.LANGUAGES:
        page.selectbox[1].set_value(language).run()
        assert spoken(page) in sentences(language)
        clips = {clip.read_bytes() for clip in (voice.CLIPS / language).iterdir()}
        assert base64.b64decode(played[-1]["sound"].removeprefix("data:audio/mpeg;base64,")) in clips
    page.selectbox[1].set_value("en").run()
    assert spoken(page) == first
    assert len({call["sound"] for call in played}) == len(catalog.LANGUAGES)


def test_a_file_name_is_no_image_and_no_link(site: None) -> None:
    page = open_page("pages/analyze_image.py")
    name = "![x](https://fizzog.test/x.png)"
    page.file_uploader[0].set_value([(name + ".png", ASTRONAUT, "image/png"), (name + ".jpg", b"", "image/jpeg")]).run()
    escaped = r"!\[x\](https://fizzog.test/x.png)"
    assert [tab.label for tab in page.tabs] == [escaped + ".png", escaped + ".jpg"]
    assert page.error[0].value.startswith(f"**{escaped}.jpg**")


def test_one_picture_is_answered_at_once_and_several_wait(site: None, played: list) -> None:
    page = open_page("pages/analyze_image.py")
    page.file_uploader[0].upload("astronaut.png", ASTRONAUT, "image/png").run()
    assert [call["at_once"] for call in played] == [True]
    page.toggle[0].set_value(False).run()
    assert [call["at_once"] for call in played] == [True, False]
    page.toggle[0].set_value(True)
    page.file_uploader[0].set_value([("a.png", ASTRONAUT, "image/png")] * 2).run()
    assert not page.exception
    assert [call["at_once"] for call in played[2:]] == [False, False]
    assert len({call["key"] for call in played[2:]}) == 2
    assert list(page.dataframe[-1].value["source"]) == ["a.png", "a.png"]


def test_one_bad_file_among_several(site: None) -> None:
    page = open_page("pages/analyze_image.py")
    files = [("a.png", ASTRONAUT, "image/png"), ("b.jpg", b"no picture", "image/jpeg"), ("c.png", b"", "image/png")]
    page.file_uploader[0].set_value(files).run()
    assert not page.exception
    assert [error.value.split(":")[0] for error in page.error] == ["**b.jpg**", "**c.png**"]
    assert list(page.dataframe[-1].value["source"]) == ["a.png"]


def test_a_picture_without_anybody(site: None) -> None:
    file = io.BytesIO()
    Image.new("L", (200, 100), 128).save(file, "PNG")
    page = open_page("pages/analyze_image.py")
    page.file_uploader[0].upload("grey.png", file.getvalue(), "image/png").run()
    assert not page.exception
    assert spoken(page) in catalog.table()["en"]["nobody"]
    assert "No face and no hand" in page.info[0].value


@pytest.mark.parametrize(("network", "position"), [("10.0.0.1", 2), ("10.0.0.2", 1)])
def test_a_visitor_sees_the_place_in_the_queue(
    network: str, position: int, site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before another visitor of the network that the queue is full of; after one of the own network."""
    loaders.close()
    monkeypatch.setattr(loaders, "available_cores", lambda: 1)
    monkeypatch.setattr(addresses, "of_visitor", lambda: network)
    others = [loaders.pictures().submit(worker_jobs.hang, client="10.0.0.1") for _ in range(2)]
    shown: list[str] = []

    def info(part: DeltaGenerator, text: str, **_: object) -> None:
        shown.append(text)
        for other in others:
            other.cancel()

    monkeypatch.setattr(DeltaGenerator, "info", info)
    page = open_page("pages/analyze_image.py")
    page.file_uploader[0].upload("astronaut.png", ASTRONAUT, "image/png").run()
    loaders.close()
    assert shown[0] == f"You are number {position} in the queue."
    assert not page.exception
    assert list(page.dataframe[-1].value["source"]) == ["astronaut.png"]


def test_a_rerun_analyzes_and_draws_nothing_again(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page("pages/analyze_image.py")
    page.file_uploader[0].upload("astronaut.png", ASTRONAUT, "image/png").run()
    (drawn,) = page.get("image")

    def refuse(*_: object) -> None:
        raise AssertionError("this is done already")

    with monkeypatch.context() as patched:
        patched.setattr(WorkerPool, "submit", refuse)
        patched.setattr("fizzog_core.drawing.overlay.draw", refuse)
        page.selectbox[1].set_value("de").run()
        assert not page.exception
        assert page.get("image")[0].proto == drawn.proto
    page.selectbox[0].set_value(5).run()
    assert not page.exception


def test_a_killed_process_costs_its_visitor_one_picture(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page("pages/analyze_image.py")
    with monkeypatch.context() as patched:
        patched.setattr(upload_jobs, "analyze_to_show", worker_jobs.show_and_die)
        page.file_uploader[0].upload("astronaut.png", ASTRONAUT, "image/png").run()
    assert not page.exception
    assert "ended unexpectedly" in page.error[0].value
    assert not page.run().error
    assert list(page.dataframe[-1].value["source"]) == ["astronaut.png"]


def test_results_of_a_visit_are_bounded(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MAX_KEPT", 1)
    page = open_page("pages/analyze_image.py")
    grey = io.BytesIO()
    Image.new("L", (200, 100), 128).save(grey, "PNG")
    for data in (ASTRONAUT, grey.getvalue()):
        page.file_uploader[0].set_value(("a.png", data, "image/png")).run()
        assert len(page.session_state[key_of(work.VisitorWork)].pictures) == 1
    page.file_uploader[0].set_value([("a.png", ASTRONAUT, "image/png"), ("b.png", ASTRONAUT, "image/png")]).run()
    assert "The first 1 of 2" in page.warning[0].value


def test_cleared_caches_of_streamlit_keep_what_the_process_loads_once(site: None) -> None:
    before = loaders.networks(), loaders.slots(), loaders.pictures(), loaders.voice()
    st.cache_resource.clear()
    st.cache_data.clear()
    after = loaders.networks(), loaders.slots(), loaders.pictures(), loaders.voice()
    assert all(one is other for one, other in zip(before, after, strict=True))


def test_a_picture_in_full_size_with_its_drawing(site: None) -> None:
    png = work.annotated(ASTRONAUT, EMOTIONS)()
    with Image.open(io.BytesIO(png)) as drawn, Image.open(io.BytesIO(ASTRONAUT)) as image:
        assert (drawn.format, drawn.size) == ("PNG", image.size)
        assert ImageChops.difference(drawn, image.convert("RGB")).getbbox() is not None


def test_a_visitor_has_one_download_at_a_time(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "available_cores", lambda: 1)
    loaders.close()
    own = VisitorWork()
    monkeypatch.setattr(work, "state_of", lambda _: own)
    download = work.annotated(ASTRONAUT, EMOTIONS)
    with ThreadPoolExecutor(1) as threads:
        with monkeypatch.context() as patched:
            patched.setattr(upload_jobs, "annotate", worker_jobs.hang_with)
            first = threads.submit(download)
            wait_for(lambda: own.download is not None, 30)
        assert download().startswith(b"\x89PNG")
        with pytest.raises(CancelledJobError):
            first.result(30)
    loaders.close()
