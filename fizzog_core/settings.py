"""Settings from the environment, each ``FIZZOG_<NAME>``; read once, never changed afterwards."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """All knobs of the product with their defaults."""

    model_config = SettingsConfigDict(env_prefix="FIZZOG_", frozen=True)

    models: Path = ROOT / "models"
    """Folder of the published networks."""
    datasets: Path = ROOT / "datasets"
    """Folder of the derived data set summaries."""
    runs: Path = ROOT / "runs"
    """Folder of training runs."""
    data: Path | None = None
    """Folder of the real data sets, for pages that show sample images; None hides those."""
    cache: Path = Path.home() / ".cache" / "fizzog"
    """Where spoken sentences are kept."""
    max_pixels: int = 50_000_000
    """Largest picture that is decoded, in pixels."""


@lru_cache
def get() -> Settings:
    """The process's settings."""
    return Settings()
