"""What the site loads once."""

from streamlit import config


def test_the_site_collects_no_garbage_after_each_run() -> None:
    assert config.get_option("runner.postScriptGC") is False
