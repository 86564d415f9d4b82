"""A visitor's text stays text."""

import pytest

from pages.ui.markdown import without_links


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("", ""),
        ("my_photo (1).png", "my_photo (1).png"),
        ("![x](https://example.org/x.png).png", r"!\[x\](https://example.org/x.png).png"),
        ("<img src=x>", r"\<img src=x>"),
        (r"\[x](y)", r"\\\[x\](y)"),
    ],
)
def test_links_images_and_html_are_escaped(text: str, escaped: str) -> None:
    assert without_links(text) == escaped
