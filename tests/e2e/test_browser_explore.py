"""The data page in a real browser: a filter, a link to a view, a brush on the map, a download that parses."""

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from benchmarks.live.browser import chromium
from tests.support.browser import download, settle, site_without_errors, wait_until_still
from tests.support.paths import ROOT

LIMIT_MS = 90_000
POINTS = 200

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The committed figures with a map whose rows lie on a circle."""
    folder = tmp_path_factory.mktemp("figures") / "datasets"
    shutil.copytree(ROOT / "datasets", folder)
    rows = pd.read_parquet(folder / "fer2013" / "rows.parquet")
    rows = rows[rows["split"] == "PublicTest"].head(POINTS).reset_index(drop=True)
    turn = np.linspace(0, 2 * np.pi, POINTS)
    places = pd.DataFrame({"row": rows["row"], "x": np.cos(turn), "y": np.sin(turn), "label": rows["label"]})
    places = places.assign(prediction="sad", score=0.5, correct=places["label"] == "sad")
    places.to_parquet(folder / "fer2013" / "embedding.parquet")
    return folder


@pytest.fixture(scope="module")
def site(figures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site_without_errors(tmp_path_factory.mktemp("site"), datasets=figures) as address:
        yield f"{address}/explore_data"


@pytest.fixture(scope="module")
def page(site: str) -> Iterator[Page]:
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 1280, "height": 1600})
        opened.set_default_timeout(LIMIT_MS)
        expect.set_options(timeout=LIMIT_MS)
        yield opened


def test_a_filter_changes_the_figures_and_the_link(page: Page, site: str) -> None:
    page.goto(site)
    rows = page.get_by_test_id("stMetricValue").first
    expect(rows).to_have_text("35,887")
    page.get_by_role("combobox", name="Usage").click()
    page.get_by_role("option", name="PrivateTest").click()
    expect(rows).to_have_text("3,589")
    page.wait_for_url("**usage=PrivateTest**")


def test_a_link_opens_its_view_and_the_download_parses(page: Page, site: str) -> None:
    page.goto(f"{site}?dataset=gestures&view=Hand+detector&split=test")
    expect(page.get_by_text("hands found at once")).to_be_visible()
    page.get_by_text("The numbers as a table").click()
    data = download(page, page.get_by_role("button", name="Download CSV").first)
    table = pd.read_csv(io.BytesIO(data)).set_index("source")
    rows = pd.read_parquet(ROOT / "datasets" / "gestures" / "rows.parquet")
    rows = rows[(rows["split"] == "test") & (rows["label"] != "nothing")]
    assert table["pictures"].to_dict() == rows["source"].value_counts().to_dict()
    assert table["at_once"].to_dict() == pytest.approx(rows.groupby("source")["found_first"].mean().to_dict())


def test_brushed_points_are_listed(page: Page, site: str) -> None:
    page.goto(f"{site}?view=Map")
    chart = page.get_by_test_id("stVegaLiteChart").locator(".marks").first
    settle(page)
    wait_until_still(page, chart)
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.95, steps=12)
    page.mouse.up()
    # Most of the lower half of a circle of 200. What the brush held on its way may be said before.
    expect(page.get_by_text(re.compile(r"^(2[1-9]|[3-7]\d) points chosen$"))).to_be_visible()


def test_an_own_file_is_charted(page: Page, site: str) -> None:
    page.goto(f"{site}?dataset=your+own")
    face = " ".join(["7"] * 48 * 48)
    data = f"emotion,pixels,Usage\n3,{face},Training\n9,{face},Training\n".encode()
    page.locator("input[type=file]").set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": data})
    expect(page.get_by_text("row 2: expected an emotion from 0 to 6, got '9'")).to_be_visible()
    expect(page.get_by_role("heading", name="Exact duplicates")).to_be_visible()
