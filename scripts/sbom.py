"""Prints a software bill of materials, CycloneDX 1.6 in JSON: ``python -m scripts.sbom > sbom.cdx.json``.

It has the Python packages that are installed beside this interpreter and the networks in models/. It needs no package
itself: deploy/Dockerfile runs it in the environment of the image.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOT_LISTED = ("fizzog", "pip")
"""The product itself, and the installer, which the image does not contain."""


def packages(found: list[Distribution]) -> list[dict[str, Any]]:
    """A component for each installed package, in the order of their names."""
    by_name = {_normalised(one.metadata["Name"]): one for one in found}
    return [_package(name, one) for name, one in sorted(by_name.items()) if name not in NOT_LISTED]


def dependencies(found: list[Distribution]) -> list[dict[str, Any]]:
    """For each package the installed packages that it names; an extra's packages count where they are installed."""
    references = {part["name"]: part["bom-ref"] for part in packages(found)}
    listed = []
    for one in sorted(found, key=lambda one: _normalised(one.metadata["Name"])):
        reference = references.get(_normalised(one.metadata["Name"]))
        if reference is None:
            continue
        names = {_normalised(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]) for line in one.requires or ()}
        listed.append({"ref": reference, "dependsOn": sorted(references[name] for name in names & references.keys())})
    return listed


def networks(models: Path) -> list[dict[str, Any]]:
    """A component for each published network and each detector, with its licence and the served file's checksum."""
    listed = []
    for path in sorted(models.glob("*/card.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        listed.append(_network(card["task"], card["served_sha256"], {"name": card["licence"]}))
    for line in (models / "detectors" / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        checksum, name = line.split()
        listed.append(_network(name, checksum, {"id": "Apache-2.0"}))
    return listed


def bill(found: list[Distribution], root: Path) -> dict[str, Any]:
    """The whole document. It has no time and no serial number, so that equal environments give equal documents."""
    text = (root / "fizzog_core" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    assert version is not None
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "fizzog", "name": "fizzog", "version": version[1]},
        },
        "components": packages(found) + networks(root / "models"),
        "dependencies": dependencies(found),
    }


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _network(name: str, checksum: str, licence: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{name}",
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": checksum}],
        "licenses": [{"license": licence}],
    }


def _package(name: str, one: Distribution) -> dict[str, Any]:
    url = f"pkg:pypi/{name}@{one.version}"
    part: dict[str, Any] = {"type": "library", "bom-ref": url, "name": name, "version": one.version, "purl": url}
    if expression := _fields(one, "License-Expression"):
        part["licenses"] = [{"expression": expression[0]}]
    elif names := _licence_names(one):
        part["licenses"] = [{"license": {"name": licence}} for licence in names]
    return part


def _licence_names(one: Distribution) -> list[str]:
    """The licences of the classifiers, else the first line of the field License."""
    names = [line.rpartition(" :: ")[2] for line in _fields(one, "Classifier") if line.startswith("License :: ")]
    return names or [line for text in _fields(one, "License") for line in text.strip().splitlines()[:1]]


def _fields(one: Distribution, name: str) -> list[str]:
    return [str(value) for value in one.metadata.get_all(name) or ()]


if __name__ == "__main__":
    json.dump(bill(list(distributions()), ROOT), sys.stdout, indent=1)
    print()
