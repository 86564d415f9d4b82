"""deploy/requirements.txt has every package of a host, in the version of pyproject.toml, with hashes."""

import re
import sys
from importlib.metadata import distribution, distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fizzog_core.cli import doctor
from scripts import lock, sbom
from tests.support.paths import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^([^\s#]+)==(\S+)([^\n]*(?:\n +\S.*)*)", lock.LOCK.read_text(encoding="utf-8"), re.MULTILINE)
VERSIONS = {name: version for name, version, _ in ENTRIES}
INSTALLED_AS = {hosted: name for name, hosted in doctor.HOSTED_AS.items()}
"""The packages of this environment in place of those of a host."""


def test_the_direct_dependencies_have_their_pinned_version() -> None:
    direct = [Requirement(line) for line in lock.hosted(PYPROJECT)]
    assert {one.name for one in direct} >= {"streamlit", "fastapi", "uvicorn"}
    pinned = {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in direct}
    assert {name: VERSIONS.get(name) for name in pinned} == pinned, "Run make lock"


def test_every_entry_has_hashes_and_the_version_of_the_constraints() -> None:
    assert [name for name, _, rest in ENTRIES if "--hash=sha256:" not in rest] == []
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    constraints = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert {name: version for name, version in VERSIONS.items() if constraints.get(name, version) != version} == {}


@pytest.mark.skipif(sys.platform != "linux", reason="the file is for Linux")
@pytest.mark.parametrize("name", VERSIONS)
def test_everything_that_an_entry_needs_is_an_entry(name: str) -> None:
    needed = [Requirement(line) for line in distribution(INSTALLED_AS.get(name, name)).requires or ()]
    missing = [
        one.name
        for one in needed
        if (one.marker is None or one.marker.evaluate({"extra": ""})) and canonicalize_name(one.name) not in VERSIONS
    ]
    assert missing == []


def test_nothing_is_in_it_that_no_host_imports() -> None:
    assert not VERSIONS.keys() & {*doctor.NOT_HOSTED, *doctor.HOSTED_AS, "pytest", "ruff", "scikit-learn"}


def test_the_bill_has_every_package_and_network_once() -> None:
    bill = sbom.bill(list(distributions()), ROOT)
    references = [part["bom-ref"] for part in bill["components"]]
    assert len(set(references)) == len(references)
    libraries = {part["name"]: part["version"] for part in bill["components"] if part["type"] == "library"}
    expected = {INSTALLED_AS.get(name, name): version for name, version in VERSIONS.items()}
    assert libraries.items() >= expected.items(), "the environment has other versions than the file"
    models = {part["name"]: part["hashes"][0]["content"] for part in bill["components"] if part["type"] != "library"}
    assert models.keys() >= {"keypoints", "emotion", "gesture", "palm_detection_full.tflite"}
    assert all(re.fullmatch("[0-9a-f]{64}", checksum) for checksum in models.values())
    assert {one["ref"] for one in bill["dependencies"]} <= set(references)
    streamlit = next(one for one in bill["dependencies"] if one["ref"].startswith("pkg:pypi/streamlit@"))
    assert any(reference.startswith("pkg:pypi/starlette@") for reference in streamlit["dependsOn"])


def test_an_empty_environment_has_an_empty_bill() -> None:
    assert sbom.packages([]) == sbom.dependencies([]) == []
