"""Steps of browser tests: run the site, wait until a page has loaded, and download a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, Response, TimeoutError, expect

from benchmarks.live.browser import LIMIT_MS, LIMIT_S, chromium, running_site

STILL_READINGS = 6


@contextmanager
def site_without_errors(folder: Path, **settings: Path) -> Iterator[str]:
    """Run the site with FIZZOG_* folders, yield its address, and check at the end that its log has no exception."""
    with running_site(folder / "log", "streamlit_app.py", cache=folder, **settings) as address:
        yield address
    log = (folder / "log").read_text()
    assert "Traceback" not in log
    assert "Expected ASGI message" not in log


@contextmanager
def page_with_sound(address: str, heading: str, limit_ms: int) -> Iterator[Page]:
    """A page of the site in a browser that plays sounds without a click, when its heading is visible."""
    with chromium("--autoplay-policy=no-user-gesture-required") as browser:
        page = browser.new_page()
        page.set_default_timeout(limit_ms)
        page.goto(address)
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=limit_ms)
        yield page


def settle(page: Page) -> None:
    """Wait until the script run of the page has ended and the page shows no skeleton.

    An element that loads late moves the elements below it.
    """
    idle = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(idle).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=LIMIT_MS)


def wait_until_still(page: Page, element: Locator) -> None:
    """Wait until an element has kept its position for half a second.

    A click that begins on a button and ends beside it does not count, and a table with a late layout moves the button.
    """
    boxes: list[object] = []
    for _ in range(LIMIT_MS // 100):
        boxes = [*boxes[1 - STILL_READINGS :], element.bounding_box()]
        if len(boxes) == STILL_READINGS and boxes[0] is not None and all(box == boxes[0] for box in boxes):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the element still moves after {LIMIT_S} s: {boxes}")


def download(page: Page, button: Locator) -> bytes:
    """Press a download button and return the file's bytes.

    Raises AssertionError with the page's requests since the press if no download begins.
    """
    settle(page)
    button.scroll_into_view_if_needed()
    wait_until_still(page, button)
    requests: list[str] = []

    def note(response: Response) -> None:
        requests.append(f"{response.status} {response.url}")

    page.on("response", note)
    try:
        with page.expect_download() as waiting:
            button.click()
        return Path(waiting.value.path()).read_bytes()
    except TimeoutError as error:
        raise AssertionError(f"no download began; after the press the page requested {requests}") from error
    finally:
        page.remove_listener("response", note)
