"""The first visit of a server, by a link to one page."""

import pytest
from streamlit.runtime.pages_manager import PagesManager

from tests.support.paths import ROOT


def test_streamlit_itself_takes_the_folder_of_pages_for_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    PagesManager(str(ROOT / "streamlit_app.py"))
    assert PagesManager.uses_pages_directory, "Streamlit no longer does it: remove the line in pages/ui/server/start.py"
