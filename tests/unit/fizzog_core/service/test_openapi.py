"""The statuses of refusals: the service, its page /docs and docs/service.md have the same ones."""

import re

from fizzog_core.service import openapi
from tests.support.paths import ROOT


def test_the_document_lists_every_refusal() -> None:
    text = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (4\d\d.*?|503.*?) \|", text, re.MULTILINE)
    assert sorted(int(status) for row in rows for status in re.findall(r"\b\d{3}\b", row)) == sorted(openapi.REFUSALS)


def test_headers_come_with_their_status() -> None:
    assert openapi.refusal_headers(500) == {}
    assert openapi.refusal_headers(405) == {"Allow": "POST"}
    assert openapi.refusal_headers(429) == openapi.refusal_headers(503) == {"Retry-After": "1"}
