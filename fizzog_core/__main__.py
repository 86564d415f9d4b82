"""``python -m fizzog_core``: the same program as the command ``fizzog``."""

from fizzog_core.cli.main import app

app()
