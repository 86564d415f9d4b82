"""The sentences of all replies, from ``catalog.toml``.

The file has one block for each language and one entry for each rule. ``rules`` chooses the rule. A sentence describes
an expression or a gesture; it does not claim what a person feels.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("catalog.toml")

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "hi": "हिन्दी"}
"""Language code to the language's own name."""


@dataclass(frozen=True, slots=True)
class Response:
    """One sentence in reply: its text, the stem of the clip that ships for it, and the rule that chose it."""

    text: str
    clip: str
    rule: str


@lru_cache
def table() -> dict[str, dict[str, list[str]]]:
    """Language to rule to sentences."""
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def clip_stem(language: str, rule: str, text: str) -> str:
    """Name of a sentence's audio clip, ``language/rule-digest``. The digest changes with the sentence."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{language}/{rule.replace('+', '_')}-{digest}"


def all_responses() -> list[Response]:
    """Every sentence of every language, in the order of ``catalog.toml``."""
    return [
        Response(text, clip_stem(language, rule, text), rule)
        for language, rules in table().items()
        for rule, texts in rules.items()
        for text in texts
    ]


def choose(
    rule: str, language: str = "en", previous: Response | None = None, rng: random.Random | None = None
) -> Response:
    """A random sentence for a rule, never the text of ``previous``. Raises KeyError for an unknown language or rule."""
    texts = [text for text in table()[language][rule] if previous is None or text != previous.text]
    text = (rng or random.Random()).choice(texts)
    return Response(text, clip_stem(language, rule, text), rule)
