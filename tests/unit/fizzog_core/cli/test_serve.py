"""The command ``serve`` before the server starts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fizzog_core.cli.main import app


@pytest.mark.parametrize(
    ("host", "key", "warned"),
    [("127.0.0.1", "", False), ("0.0.0.0", "", True), ("::", "", True), ("0.0.0.0", "secret", False)],
)
def test_an_open_service_without_a_key_is_warned_about(
    host: str, key: str, warned: bool, tmp_path: Path, set_fizzog: Callable[..., None]
) -> None:
    set_fizzog(models=tmp_path, api_key=key)  # no networks: the command ends before it listens
    answer = CliRunner().invoke(app, ["serve", "--host", host])
    assert answer.exit_code == 1
    assert "No card at" in answer.stderr
    assert ("anybody can use it" in answer.stderr) == warned
