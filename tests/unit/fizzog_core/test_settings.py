from __future__ import annotations

from pathlib import Path

import pydantic
import pytest
from typer.testing import CliRunner

from fizzog_core import settings
from fizzog_core.cli.main import app
from fizzog_core.errors import SettingsError


def test_defaults_lie_in_the_project() -> None:
    values = settings.Settings()
    assert values.models == settings.ROOT / "models"
    assert (values.max_pixels, values.max_video_pixels) == (25_000_000, 9_000_000)
    assert (settings.ROOT / "fizzog_core" / "settings.py").is_file()


def test_the_environment_changes_them_once(set_fizzog, tmp_path: Path) -> None:
    set_fizzog(models=tmp_path, max_pixels=1000)
    assert settings.get().models == tmp_path
    assert settings.get().max_pixels == 1000
    assert settings.get() is settings.get()


def test_they_cannot_be_changed_afterwards() -> None:
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        settings.get().max_pixels = 1


@pytest.mark.parametrize(("name", "value"), [("max_pixels", "many"), ("max_pixels", "0"), ("max_live", "1.5")])
def test_a_wrong_value_is_a_sentence_that_names_its_setting(name: str, value: str, set_fizzog) -> None:
    set_fizzog(**{name: value})
    with pytest.raises(SettingsError, match=f"FIZZOG_{name.upper()}"):
        settings.get()
    answer = CliRunner().invoke(app, ["analyze", "a.png"])
    assert answer.exit_code == 1
    assert isinstance(answer.exception, SystemExit)


def test_a_user_without_a_home_has_a_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert settings.default_cache().name == "fizzog-cache"
