"""The lines of the log, in another process, as ``configure`` changes the loggers of the whole process."""

import json
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

SCRIPT = """
import logging, sys
from fizzog_core.runtime import events

before = events.with_details()
events.configure({details})
assert (before, events.with_details()) == (True, {details})
events.event("request", route="/v1/analyze", ms=12)
logging.getLogger("fizzog_core.some").info("two\\nlines")
logging.getLogger("elsewhere").info("not shown")
logging.getLogger("elsewhere").warning("peer %s", "192.0.2.7")
try:
    open("/nowhere/a name.png")
except OSError:
    logging.getLogger("pages.some").exception("a file failed")
"""


@pytest.mark.parametrize("details", [False, True])
def test_each_record_is_a_line_and_holds_no_value_without_details(details: bool) -> None:
    script = SCRIPT.format(details=details)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    request, own, other, failure = lines
    assert (request["event"], request["route"], request["ms"]) == ("request", "/v1/analyze", 12)
    assert {"time", "level", "logger"} <= request.keys()
    assert (own["level"], own["event"]) == ("info", "two\nlines")
    assert (other["level"], other["logger"]) == ("warning", "elsewhere")
    assert (failure["error"], failure["stack"]) == ("FileNotFoundError", ["<string>:13 <module>"])
    assert ("192.0.2.7" in done.stderr) == details
    assert ("a name.png" in done.stderr) == details
