"""Paths as text."""

import os
from pathlib import Path

import pytest

from fizzog_core.runtime.paths import path_text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b".", "."),
        (b"a.png", "a.png"),
        ("Ünï/名.png".encode(), "Ünï/名.png"),
        (b"x/\xff\xfe.png", "x/\ufffd\ufffd.png"),
    ],
)
def test_path_text_can_be_encoded(raw: bytes, expected: str) -> None:
    text = path_text(Path(os.fsdecode(raw)))
    assert text == expected
    assert text.encode("utf-8")
