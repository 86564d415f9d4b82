"""The page of the service, in a browser without other network access."""

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Route, expect

from benchmarks.live.browser import chromium
from benchmarks.waiting import wait_for
from fizzog_core.networks.predictor import Networks
from fizzog_core.service import app as service

pytestmark = pytest.mark.browser


@pytest.fixture
def address(tiny_networks: Networks) -> Iterator[str]:
    app = service.create(lambda: tiny_networks)
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started, 20, "the service did not start")
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


def test_an_example_is_sent_from_the_page_without_the_internet(address: str) -> None:
    elsewhere: list[str] = []

    def pass_on(route: Route) -> None:
        if route.request.url.startswith((address, "data:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    with chromium() as browser:
        page = browser.new_page()
        page.route("**/*", pass_on)
        page.goto(f"{address}/docs")
        expect(page.get_by_role("heading", name="Fizzog")).to_be_visible()
        predict = page.locator(".opblock-post", has_text=":predict").first
        predict.get_by_role("button", name="Run it").first.click()
        predict.get_by_role("button", name="Try it out").click()
        predict.get_by_role("button", name="Execute").click()
        answer = predict.locator(".live-responses-table .response")
        expect(answer).to_contain_text("200")
        expect(answer).to_contain_text("predictions")
    assert elsewhere == []
