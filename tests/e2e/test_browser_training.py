"""The training page in a real browser: a filter changes the address, a link opens it again, a download parses."""

import io
from collections.abc import Iterator

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from benchmarks.live.browser import chromium
from tests.support import training_runs
from tests.support.browser import download, site_without_errors

pytestmark = pytest.mark.browser
SLOW_MS = 60_000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    models, training = training_runs.everything(folder)
    with site_without_errors(folder, models=models, runs=training) as found:
        yield found


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(SLOW_MS)
        yield page


def test_filter_deep_link_and_download(address: str, page: Page) -> None:
    page.goto(f"{address}/training_metrics")
    page.get_by_role("radio", name="Classes", exact=True).click()
    page.get_by_role("radio", name="PublicTest").click()
    said = page.get_by_text("105 rows of PublicTest are classified correctly")
    expect(said).to_be_visible(timeout=SLOW_MS)
    page.wait_for_url("**/training_metrics?*split=PublicTest*")
    page.goto(page.url)
    expect(said).to_be_visible(timeout=SLOW_MS)
    page.get_by_text("Precision, recall and F1 as a table").click()
    table = pd.read_csv(io.BytesIO(download(page, page.get_by_role("button", name="Download CSV"))))
    assert table["measure"].value_counts().to_dict() == {"precision": 9, "recall": 9, "F1": 9}


def test_every_view_draws_without_an_error_in_the_browser(address: str, page: Page) -> None:
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda m: broken.append(m.text) if m.type == "error" and "<svg>" in m.text else None)
    for view, charts in (("Curves", 4), ("Classes", 2), ("Scores", 6), ("Comparison", 1), ("Network", 3)):
        page.goto(f"{address}/training_metrics" + (f"?view={view}" if view != "Curves" else ""))
        expect(page.get_by_test_id("stVegaLiteChart")).to_have_count(charts, timeout=SLOW_MS)
        expect(page.locator(".stVegaLiteChart svg, .stVegaLiteChart canvas").nth(charts - 1)).to_be_attached(
            timeout=SLOW_MS
        )
    assert not broken
