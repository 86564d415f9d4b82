from __future__ import annotations

from pathlib import Path

import pydantic
import pytest

from fizzog_core import settings


def test_defaults_lie_in_the_project() -> None:
    values = settings.Settings()
    assert values.models == settings.ROOT / "models"
    assert values.max_pixels == 50_000_000
    assert (settings.ROOT / "fizzog_core" / "settings.py").is_file()


def test_the_environment_changes_them_once(set_fizzog, tmp_path: Path) -> None:
    set_fizzog(models=tmp_path, max_pixels=1000)
    assert settings.get().models == tmp_path
    assert settings.get().max_pixels == 1000
    assert settings.get() is settings.get()


def test_they_cannot_be_changed_afterwards() -> None:
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        settings.get().max_pixels = 1  # type: ignore[misc]


def test_a_value_of_the_wrong_kind_names_its_setting(set_fizzog) -> None:
    set_fizzog(max_pixels="many")
    with pytest.raises(pydantic.ValidationError, match="max_pixels"):
        settings.get()
