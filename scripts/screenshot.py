"""Takes docs/screenshot.png anew: the home page with the sample, on the published networks. ``make screenshot``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.live.browser import chromium, running_site
from fizzog_core.settings import ROOT


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site(Path(folder, "log"), cache=folder) as address,
        chromium() as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
        page.goto(address)
        page.get_by_test_id("stChatMessage").wait_for(timeout=300_000)
        page.locator("canvas, svg.marks").first.wait_for(timeout=120_000)
        page.wait_for_timeout(3000)
        page.screenshot(path=ROOT / "docs" / "screenshot.png")


if __name__ == "__main__":
    main()
