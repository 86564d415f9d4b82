"""``python -m fizzog_core``."""

from fizzog_core.cli import app

app(prog_name="python -m fizzog_core")
