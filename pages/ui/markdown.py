"""Text of visitors inside Streamlit's Markdown."""

from __future__ import annotations

import re


def without_links(text: str) -> str:
    """``text`` with every character escaped that can begin an image, a link or HTML.

    File names, folder names and labels come from visitors. As Markdown, ``![](https://...)`` in a name makes each
    browser that shows it fetch that address.
    """
    return re.sub(r"([\\\[\]<])", r"\\\1", text)
