"""The files in deploy/ agree with the program."""

import inspect
import re
import sys
import sysconfig
from pathlib import Path

import pytest

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


@pytest.mark.skipif(sys.platform != "linux", reason="the packages of an image")
def test_the_image_leaves_out_files_that_exist() -> None:
    packages = Path(sysconfig.get_path("purelib"))
    lines = re.findall(r"^rm -r (.+)$", (ROOT / "deploy" / "trim.sh").read_text(encoding="utf-8"), re.MULTILINE)
    names = " ".join(lines).split()
    assert {name.partition("/")[0] for name in names} == {"pyarrow", "pydeck", "ai_edge_litert"}
    assert [name for name in names if not list(packages.glob(name))] == []


def test_the_image_gets_what_it_copies() -> None:
    """.dockerignore lists what a build sees; the rest of the repository stays out of it."""
    seen = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    lines = re.findall(
        r"^COPY (?!--from)(.+)$", (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    )
    copied = {source for line in lines for source in line.split()[:-1]}
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert {path for path in copied if not any(f"{path}/".startswith(f"{name}/") for name in seen)} == set()
