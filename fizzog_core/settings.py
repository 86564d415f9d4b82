"""Settings from the environment, each ``FIZZOG_<NAME>``; read once, never changed afterwards."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fizzog_core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


def default_cache() -> Path:
    """``~/.cache/fizzog``; a folder for temporary files for a user without a home, as in some containers."""
    try:
        return Path.home() / ".cache" / "fizzog"
    except RuntimeError:
        return Path(tempfile.gettempdir()) / "fizzog-cache"


class Settings(BaseSettings):
    """All settings with their defaults."""

    model_config = SettingsConfigDict(env_prefix="FIZZOG_", frozen=True, use_attribute_docstrings=True)

    models: Path = ROOT / "models"
    """Folder of the published networks."""
    datasets: Path = ROOT / "datasets"
    """Folder of the derived data set summaries."""
    runs: Path = ROOT / "runs"
    """Folder of training runs."""
    data: Path | None = None
    """Folder of the real data sets, for pages that show sample images; None hides those."""
    cache: Path = default_cache()
    """Folder of cached spoken sentences."""
    max_pixels: int = Field(default=25_000_000, gt=0)
    """Largest picture that is decoded, in pixels. A larger JPEG is decoded at a half, a quarter or an eighth of its
    size."""
    max_video_pixels: int = Field(default=9_000_000, gt=0)
    """Largest frame of a video that is decoded, in pixels."""
    max_live: int | None = None
    """Largest number of visitors who are live at the same time; by default measured at the start: as many as can have
    ten results a second each, or 25 if the server draws."""
    max_live_s: float = Field(default=300, gt=0)
    """Time for which a visitor may be live while others wait, in seconds; then the visitor joins the queue."""
    live_drawing: Literal["browser", "server"] = "browser"
    """Who draws on the live picture: the visitor's browser on its own picture, or the server, which sends it back. The
    server also draws for a browser that cannot."""
    api_key: SecretStr = SecretStr("")
    """Key that a client of the service sends as ``Authorization: Bearer ...``; empty: no key is needed."""
    log_details: bool = False
    """Whether the logs of site and service contain messages of exceptions, which can name files and addresses."""
    metrics: bool = False
    """Whether the site answers ``/metrics`` for Prometheus; the proxy must not pass it on: docs/deploy.md."""
    ice_servers: SecretStr = SecretStr("")
    """STUN and TURN servers as a JSON list; empty: those that HF_TOKEN or Twilio's variables give, else public STUN."""

    turn_urls: str = ""
    """``turn:`` addresses of a coturn with the same ``turn_secret``, with commas between: docs/deploy.md."""
    turn_secret: SecretStr = SecretStr("")
    """coturn's ``static-auth-secret``. The site makes credentials for each visit from it."""


@lru_cache
def get() -> Settings:
    """The process's settings. Raises SettingsError if the environment holds a value that is not valid."""
    try:
        return Settings()
    except ValidationError as error:
        # The value is not repeated: it can be a secret.
        wrong = [f"FIZZOG_{str(fault['loc'][0]).upper()} ({fault['msg']})" for fault in error.errors()]
        raise SettingsError(f"Wrong in the environment: {'; '.join(wrong)}. See docs/settings.md.") from None
