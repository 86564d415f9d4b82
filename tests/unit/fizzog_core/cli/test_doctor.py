"""The command ``doctor``: each check on a machine where it passes and on one where it fails."""

import hashlib
import shutil
import socket
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fizzog_core import settings
from fizzog_core.cli import doctor
from fizzog_core.cli.main import app


def test_cores_and_memory_of_this_machine() -> None:
    assert int(doctor.cores().found) >= 1
    assert doctor.memory().passed == (float(doctor.memory().found.removesuffix(" MB").replace(",", "")) >= 2000)


@pytest.mark.parametrize(
    ("pins", "passed", "found"),
    [
        ("", True, "0 as pinned"),
        ("keras==0.0.1\ntensorflow==0.0.1", True, "0 as pinned"),
        ("typer==0.0.1", False, "expected 0.0.1"),
        ("no-such-package==1.0", False, "no-such-package is missing"),
    ],
)
def test_packages(pins: str, passed: bool, found: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(pins)
    check = doctor.packages(tmp_path / "requirements.txt")
    assert (check.passed, bool(check.advice)) == (passed, not passed)
    assert found in check.found


def test_a_host_has_opencv_without_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def installed(name: str) -> str:
        if name != "opencv-python-headless":
            raise PackageNotFoundError(name)
        return "4.1"

    monkeypatch.setattr(doctor, "version", installed)
    (tmp_path / "requirements.txt").write_text("opencv-python==4.1")
    assert doctor.packages(tmp_path / "requirements.txt").passed
    (tmp_path / "requirements.txt").write_text("opencv-python==4.2")
    assert "opencv-python 4.1, expected 4.2" in doctor.packages(tmp_path / "requirements.txt").found


def test_installed_packages_are_the_pinned_ones() -> None:
    assert doctor.packages().passed, doctor.packages().found


def test_networks(tiny_models: Path, tmp_path: Path) -> None:
    assert doctor.networks(tiny_models).passed
    changed = shutil.copytree(tiny_models, tmp_path / "models")
    (changed / "emotion" / "model.keras").write_bytes(b"")
    check = doctor.networks(changed)
    assert not check.passed
    assert "SHA-256" in check.found


def test_detectors(tmp_path: Path) -> None:
    assert doctor.detectors().passed
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(b'a').hexdigest()}  a\n{'0' * 64}  b\n")
    assert doctor.detectors(tmp_path).found == "changed or missing: b"


def test_cache(tmp_path: Path) -> None:
    assert doctor.cache(tmp_path / "new" / "folder").passed
    (tmp_path / "file").write_text("")
    check = doctor.cache(tmp_path / "file")
    assert not check.passed
    assert "FIZZOG_CACHE" in check.advice


def test_port() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        assert not doctor.port(number).passed
    assert doctor.port(number).passed


@pytest.mark.parametrize(
    ("ice", "urls", "passed", "found"),
    [
        ("", "", True, "none"),
        ('[{"urls": "stun:127.0.0.1:9"}]', "", True, "none"),
        ("", "turn:127.0.0.1:9?transport=tcp", False, "turn:127.0.0.1:9"),
        ('[{"urls": "turn:127.0.0.1:9?transport=tcp", "username": "a", "credential": "b"}]', "", False, "turn:127"),
    ],
)
def test_relays_that_do_not_answer(ice: str, urls: str, passed: bool, found: str, set_fizzog: Callable) -> None:
    set_fizzog(ice_servers=ice, turn_urls=urls, turn_secret="s")
    (check,) = doctor.relays(settings.get())
    assert check.passed == passed
    assert check.found.startswith(found)


def test_the_command_fails_with_a_sentence(tiny_models: Path, tmp_path: Path, set_fizzog: Callable) -> None:
    set_fizzog(models=tmp_path, cache=tmp_path, ice_servers="{")
    answer = CliRunner().invoke(app, ["doctor"], env={"COLUMNS": "200"})
    assert answer.exit_code == 1
    assert "No card at" in answer.stdout
    assert "FIZZOG_ICE_SERVERS" in answer.stdout
    assert answer.stderr == ""
