"""axe-core on every page: no serious or critical finding in what is ours."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from benchmarks.live.browser import chromium
from tests.support.browser import site_without_errors
from tests.support.paths import files

pytestmark = pytest.mark.browser
SLOW_MS = 60_000
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
PAGES = ("", *(path.stem for path in files("pages", "*.py") if path.stem not in ("__init__", "home")))

STREAMLITS = (
    ("color-contrast", 'role="combobox"'),
    ("label", "stFileUploaderDropzo"),
)
"""Findings in elements that Streamlit makes, by rule and a piece of the element: the empty input of a multiselect lies
over its chosen tags, so that axe compares the input's colour with the tag's; and the hidden input of an upload field
has no label, the button in front of it has."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site_without_errors(tmp_path_factory.mktemp("axe")) as found:
        yield found


@pytest.fixture(scope="module", params=["light", "dark"])
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme=request.param)
        page.set_default_timeout(SLOW_MS)
        yield page


@pytest.mark.parametrize("name", PAGES)
def test_no_serious_finding_that_is_ours(address: str, page: Page, name: str) -> None:
    page.goto(f"{address}/{name}")
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')")
    page.wait_for_selector(IDLE)  # while a page runs, Streamlit shows a button of little contrast
    found = Axe().run(page).response["violations"]
    ours = [
        f"{finding['id']}: {finding['help']}: {node['html'][:160]}"
        for finding in found
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
        if not any(finding["id"] == rule and piece in node["html"] for rule, piece in STREAMLITS)
    ]
    assert not ours, "\n".join(ours)
