"""The files in deploy/ agree with the program."""

import inspect
import re

from fizzog_core.cli.serve import serve
from fizzog_core.service import server
from tests.support.paths import ROOT


def test_supervisors_wait_longer_than_the_service_takes_to_end() -> None:
    longest_s = inspect.signature(serve).parameters["drain"].default + server.CLOSE_S
    for path, pattern in (
        ("deploy/compose.yaml", r"stop_grace_period: (\d+)s"),
        ("deploy/systemd/fizzog-service.service", r"TimeoutStopSec=(\d+)"),
    ):
        match = re.search(pattern, (ROOT / path).read_text(encoding="utf-8"))
        assert match is not None
        assert int(match[1]) > longest_s
