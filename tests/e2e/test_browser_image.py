"""The picture page in a real browser, on the published networks: from a file to a reply, a sound and four files."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from benchmarks.live.browser import chromium
from tests.support.browser import download, page_with_sound, site_without_errors
from tests.support.paths import ROOT

ASTRONAUT = ROOT / "samples" / "astronaut.png"
LIMIT_MS = 90_000

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site_without_errors(tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    with page_with_sound(f"{site}/analyze_image", "Analyze a picture", LIMIT_MS) as page:
        yield page


def upload(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files([str(file) for file in files])


def saved(page: Page, button: str) -> bytes:
    return download(page, page.get_by_test_id("stDownloadButton").filter(has_text=button))


def choose(page: Page, box: str, option: str) -> None:
    page.get_by_role("combobox", name=box).click()
    page.get_by_role("option", name=option).click()


def expect_the_astronaut(page: Page) -> None:
    expect(page.get_by_role("heading", name="Face 1: happy")).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_role("heading", name="Face 2")).to_have_count(0)


def test_home_shows_the_result_of_the_sample(site: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(site)
        expect(page.get_by_text("A face: happy")).to_be_visible(timeout=LIMIT_MS)
        expect(page.get_by_test_id("stChatMessage")).to_be_visible()
        assert page.locator("audio").evaluate("audio => audio.paused")


def test_sample(page: Page) -> None:
    page.get_by_text("Sample", exact=True).click()
    expect_the_astronaut(page)


def heard(page: Page, after: str = "") -> str:
    """The address of the sound that plays now and did not before."""
    playing = "(a => a && a.src !== before && a.currentTime > 0.3 && a.src)(document.querySelector('audio'))"
    return page.wait_for_function(f"before => {playing}", arg=after).json_value()


def test_upload_is_answered_aloud(page: Page) -> None:
    upload(page, ASTRONAUT)
    expect_the_astronaut(page)
    first = heard(page)
    assert page.locator("audio").evaluate("audio => audio.error") is None

    page.locator("audio").evaluate("audio => audio.pause()")
    bars = page.locator("path[aria-roledescription=bar]")
    expect(bars).to_have_count(14, timeout=LIMIT_MS)
    choose(page, "Expressions", "6: without disgust")
    expect(bars).to_have_count(12, timeout=LIMIT_MS)
    assert page.locator("audio").evaluate("audio => [audio.src, audio.paused]") == [first, True]  # said once

    choose(page, "Language of the reply", "Deutsch")
    heard(page, after=first)


def test_downloads_can_be_read(page: Page) -> None:
    upload(page, ASTRONAUT)
    expect_the_astronaut(page)
    (result,) = json.loads(saved(page, "JSON"))
    assert (result["schema"], result["source"], result["width"]) == (1, "astronaut.png", 512)
    assert result["faces"][0]["emotion"]["label"] == "happy"
    csv = pd.read_csv(io.BytesIO(saved(page, "CSV")))
    parquet = pd.read_parquet(io.BytesIO(saved(page, "Parquet")))
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)
    assert csv[["schema", "source", "kind", "label"]].to_numpy().tolist() == [[1, "astronaut.png", "face", "happy"]]
    assert csv["nose_tip_x"].iloc[0] == pytest.approx(result["faces"][0]["keypoints"]["nose_tip"][0], abs=0.01)
    drawn = np.asarray(Image.open(io.BytesIO(saved(page, "Picture (PNG)"))))
    plain = np.asarray(Image.open(ASTRONAUT))
    assert drawn.shape == plain.shape
    assert 0.001 < (drawn != plain).any(axis=2).mean() < 0.2


def test_a_file_that_is_no_picture(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a picture")
    upload(page, broken, ASTRONAUT)
    expect(page.get_by_text("broken.jpg: The file is not a picture")).to_be_visible(timeout=LIMIT_MS)
    page.get_by_role("tab", name="astronaut.png").click()
    expect_the_astronaut(page)


def test_a_phone_sees_everything_without_scrolling_sideways(site: str) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        for path in ("", "analyze_image", "about"):
            page.goto(f"{site}/{path}")
            expect(page.locator("h1")).to_be_visible(timeout=LIMIT_MS)
            wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, path
