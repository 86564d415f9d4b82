"""Files that real users brought, in a real browser: each is read, and other visitors are answered meanwhile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.live.browser import chromium
from tests.support.browser import settle, site_without_errors
from tests.support.paths import SHARED_CASES

LIMIT_MS = 90_000
PAGES = {
    "wide_15000x200.png": "analyze_image",
    "exif_resolution_as_text_orientation_6.jpg": "analyze_image",
    "exif_rational_minus_1_over_0.jpg": "analyze_image",
    "face.jfif": "analyze_image",
    "sound_without_decoder.mp4": "analyze_video",
    "size_changes.mkv": "analyze_video",
    "fer2013_space_before_usage.csv": "explore_data?dataset=your+own",
    "keypoints_nan_cells.csv": "explore_data?dataset=your+own",
    "zip_made_on_windows.zip": "explore_data?dataset=your+own",
}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site_without_errors(tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_every_case_has_a_page() -> None:
    assert {path.name for path in SHARED_CASES.iterdir() if path.suffix != ".md"} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_others_are_answered_while_a_file_is_read(name: str, site: str, browser: Browser) -> None:
    page, other = browser.new_page(), browser.new_page()
    page.goto(f"{site}/{PAGES[name]}")
    settle(page)
    page.locator("input[type=file]").first.set_input_files(str(SHARED_CASES / name))
    if PAGES[name] == "analyze_video":
        page.get_by_role("button", name="Analyze").click()
    other.goto(site)
    expect(other.get_by_text("A face: happy")).to_be_visible(timeout=LIMIT_MS)
    settle(page)
    expect(page.locator("[data-testid=stException], [data-testid=stAlertContentError]")).to_have_count(0)
    page.close()
    other.close()
