"""``python -m fizzog_core``."""

from fizzog_core.cli.main import app

app(prog_name="python -m fizzog_core")
