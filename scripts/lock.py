"""Writes deploy/requirements.txt: every package of site and service with its version and hashes. ``make lock``.

Site and service import neither Keras nor TensorFlow (decision 001), so a host installs neither. uv finds the versions
and hashes; tests/unit/project/test_lock.py compares the file with pyproject.toml and the installed packages.
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from fizzog_core.cli.doctor import HOSTED_AS, NOT_HOSTED
from fizzog_core.settings import ROOT

LOCK = ROOT / "deploy" / "requirements.txt"
HEADER = """\
# Every package of site and service, with hashes: pip install --require-hashes -r deploy/requirements.txt
# `make lock` writes this file from pyproject.toml and constraints.txt.
"""


def hosted(pyproject: str) -> list[str]:
    """The direct dependencies of site and service, from the text of a pyproject.toml."""
    project = tomllib.loads(pyproject)["project"]
    listed: list[str] = [*project["dependencies"], *project["optional-dependencies"]["service"]]
    named = [(Requirement(line).name, line) for line in listed]
    return [line.replace(name, HOSTED_AS.get(name, name), 1) for name, line in named if name not in NOT_HOSTED]


def compiled(requirements: list[str], root: Path) -> str:
    """``requirements`` and all that they need, with hashes, for Linux and the oldest Python."""
    command = ["uv", "pip", "compile", "-", "--constraint", "constraints.txt", "--generate-hashes", "--quiet"]
    command += ["--no-header", "--no-annotate", "--python-version", "3.11", "--python-platform", "linux"]
    done = subprocess.run(
        command, input="\n".join(requirements), cwd=root, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout


def main() -> None:
    requirements = hosted((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    LOCK.write_text(HEADER + compiled(requirements, ROOT), encoding="utf-8")


if __name__ == "__main__":
    main()
