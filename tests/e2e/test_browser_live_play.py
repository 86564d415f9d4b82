"""The live page in a real browser: a face that changes, a whole game, a whole lesson."""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from benchmarks.live.browser import LIMIT_MS, LIMIT_S
from benchmarks.waiting import wait_for
from fizzog_core.replies import catalog
from tests.support.browser import download
from tests.support.live_browser import agree, begin, camera_of, is_drawn, live_site, make_clip, visitor

pytestmark = [pytest.mark.browser, pytest.mark.webrtc]

CHANGING = {
    "happy": "emotion_pictures/misc_posed/happy/face-apijs_happy.jpg",
    "surprise": "emotion_pictures/misc_posed/surprise/face-apijs_surprised.jpg",
    "neutral": "emotion_pictures/misc_posed/neutral/face-apijs_neutral.jpg",
}
"""Pictures whose expression the published network names without doubt."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_site(tmp_path_factory.mktemp("site"), max_live=2, live_drawing="browser") as address:
        yield address


@pytest.fixture
def changing_clip(shared_data: Path, tmp_path: Path) -> Path:
    return make_clip(tmp_path / "changing.mjpeg", *(shared_data / path for path in CHANGING.values()), hold_s=4)


def test_a_face_that_changes_is_followed_and_answered(site: str, changing_clip: Path) -> None:
    with visitor(*camera_of(changing_clip)) as page:
        stream = agree(page, site)
        set_cooldown(page)
        stream.get_by_role("button", name="Start").click()
        for label in (*CHANGING, *CHANGING):
            expect(page.get_by_text(re.compile(rf"^Face \d+: {label}"))).to_be_visible(timeout=LIMIT_MS)
        wait_for_captions(page)


def test_a_whole_game_is_played(site: str, changing_clip: Path) -> None:
    with visitor(*camera_of(changing_clip)) as page:
        begin(page, site)
        play(page)
        wait_for(lambda: is_drawn(page), LIMIT_S, "nothing is drawn after the game")


def set_cooldown(page: Page) -> None:
    """Three seconds between replies, the least there is."""
    page.get_by_role("button", name="Settings").click()
    slider = page.get_by_role("slider", name="Seconds between replies")
    slider.press("Home")
    expect(slider).to_have_value("3")
    page.keyboard.press("Escape")


def wait_for_captions(page: Page) -> None:
    """Wait until a caption has appeared for the rule of each face in CHANGING."""
    rule_of = {text: rule for rule, texts in catalog.table()["en"].items() for text in texts}
    found: set[str] = set()

    def all_found() -> bool:
        found.add(rule_of.get(page.locator(".fizzog-caption").inner_text(), ""))
        return found >= set(CHANGING)

    wait_for(all_found, 30, lambda: f"not every face has a caption: {found}", interval_s=0.2)


def play(page: Page) -> None:
    """The whole minute, and its result, with a face that changes and no hand."""
    page.get_by_role("tab", name="Test me").click()
    page.get_by_role("button", name="Start the game").click()
    expect(page.get_by_text("1 of 11: show")).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_text("11 of 11: show")).to_be_visible(timeout=70_000)
    expect(page.get_by_text("Recognised correctly", exact=True)).to_be_visible(timeout=LIMIT_MS)
    expect(page.get_by_text("rows are the requested labels")).to_have_count(2, timeout=LIMIT_MS)
    table = pd.read_csv(io.BytesIO(save(page, "Result (CSV)")))
    assert len(table) == 11
    assert (table["observations"] >= 5).all(), f"the camera was not read in each of the slots:\n{table}"
    gestures, faces = (table[table["kind"] == kind] for kind in ("gesture", "emotion"))
    assert set(gestures["seen"]) == {"nothing seen"}
    assert len(set(faces["seen"]) & set(CHANGING)) >= 2
    result = json.loads(save(page, "Result (JSON)"))
    assert result["right"] == int(faces["right"].sum())
    assert np.sum(result["emotion_confusion"]["shares"]) == pytest.approx(7, abs=0.01)


def save(page: Page, button: str) -> bytes:
    return download(page, page.get_by_test_id("stDownloadButton").filter(has_text=button))


def test_a_hand_shape_is_taught_named_saved_forgotten_and_loaded(site: str, shared_data: Path, tmp_path: Path) -> None:
    shown = sorted((shared_data / "gestures/pictures/mariia/W").glob("*.jpg"))[:4]
    with visitor(*camera_of(make_clip(tmp_path / "w.mjpeg", *shown, hold_s=0.5))) as page:
        begin(page, site)
        named = page.get_by_text(re.compile(r"^Right hand \d+: trident"))
        hand = page.get_by_text(re.compile(r"^Right hand \d+: "))
        expect(hand).to_be_visible(timeout=LIMIT_MS)
        expect(named).to_have_count(0)

        page.get_by_role("tab", name="Teach me").click()
        page.get_by_label("Name of the hand shape").fill("trident")
        page.get_by_label("Name of the hand shape").press("Enter")
        page.get_by_role("button", name="Watch my hand").click()
        expect(page.get_by_text("Hold 'trident' still")).to_be_visible(timeout=LIMIT_MS)
        expect(named).to_be_visible(timeout=LIMIT_MS)
        stored = save(page, "Save what it learned")
        assert [gesture["name"] for gesture in json.loads(stored)["gestures"]] == ["trident"]

        page.get_by_role("button", name="Forget").click()
        expect(named).to_have_count(0, timeout=LIMIT_MS)
        expect(hand).to_be_visible(timeout=LIMIT_MS)
        file = {"name": "mine.json", "mimeType": "application/json", "buffer": stored}
        page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(file)  # type: ignore[arg-type]
        expect(named).to_be_visible(timeout=LIMIT_MS)
