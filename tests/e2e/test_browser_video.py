"""The video page in a real browser: upload, play the result, seek, download, progress, cancel."""

import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import download, page_with_sound, site_without_errors
from tests.support.paths import ROOT
from tests.support.videos import write_video

LIMIT_MS = 120_000

pytestmark = pytest.mark.browser


def astronaut_video(folder: Path, frames: int) -> Path:
    """The astronaut, four frames a second, with a tone."""
    with Image.open(ROOT / "samples" / "astronaut.png") as image:
        still = np.asarray(image.convert("RGB").resize((256, 256)))
    path = folder / "clip.mp4"
    return write_video(path, frames, rate=4, size=(256, 256), pictures=[still], sound="aac")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Iterator[str]:
    with site_without_errors(tmp_path_factory.mktemp("site"), models=tiny_models) as address:
        yield address


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    with page_with_sound(f"{site}/analyze_video", "Analyze a video", LIMIT_MS) as page:
        yield page


def upload(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(str(path))
    page.get_by_role("button", name="Analyze").click()


def left_behind() -> list[str]:
    return [path.name for path in Path(tempfile.gettempdir()).glob("fizzog-*")]


def saved(page: Page, button: str) -> bytes:
    return download(page, page.get_by_test_id("stDownloadButton").filter(has_text=button))


def test_upload_play_seek_and_download(page: Page, tmp_path: Path) -> None:
    upload(page, astronaut_video(tmp_path, 20))
    page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0", timeout=LIMIT_MS)
    assert left_behind() == []
    assert page.evaluate("() => document.querySelector('video').videoWidth") == 256
    page.evaluate("() => document.querySelector('video').play()")
    page.wait_for_function("() => document.querySelector('video').currentTime > 2")
    assert page.evaluate("() => document.querySelector('video').error") is None
    assert page.evaluate("() => document.querySelector('video').duration") == pytest.approx(5, abs=0.1)

    page.evaluate("() => document.querySelector('video').pause()")
    timeline = page.get_by_test_id("stVegaLiteChart").first
    bar = timeline.locator("path[aria-roledescription=bar], canvas").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box is not None
    before = page.evaluate("() => document.querySelector('video').currentTime")
    assert before > 2
    assert box["height"] > 15
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("t => document.querySelector('video')?.currentTime < t", arg=before)

    table = pd.read_parquet(io.BytesIO(saved(page, "Parquet")))
    assert table["frame"].tolist() == list(range(20))
    assert len(pd.read_csv(io.BytesIO(saved(page, "CSV")))) == 20
    with av.open(io.BytesIO(saved(page, "MP4")), "r") as written:
        assert sum(1 for _ in written.decode(video=0)) == 20
        assert written.streams.audio[0].codec_context.name == "aac"


def test_progress_is_shown_and_cancel_keeps_nothing(page: Page, tmp_path: Path) -> None:
    upload(page, astronaut_video(tmp_path, 400))
    expect(page.get_by_text("frames/s")).to_be_visible(timeout=LIMIT_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled. The video was deleted.")).to_be_visible(timeout=LIMIT_MS)
    expect(page.locator("video")).to_have_count(0)
    deadline = time.monotonic() + LIMIT_MS / 1000  # the run that was stopped tidies up beside the one that says so
    while left_behind() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_behind() == []
    expect(page.get_by_role("button", name="Analyze")).to_be_visible()


def test_a_file_that_is_no_video(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video")
    upload(page, broken)
    expect(page.get_by_text("The video cannot be opened")).to_be_visible(timeout=LIMIT_MS)
