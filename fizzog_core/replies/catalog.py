"""What Fizzog says to what it sees: a rule is found, then one of its sentences in ``catalog.toml``.

The table is for translators: one block per language, one row per rule. A reply speaks of an expression or a sign,
never of what a person feels.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from functools import lru_cache
from pathlib import Path

from fizzog_core.types import Response

TABLE = Path(__file__).with_name("catalog.toml")

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "hi": "हिन्दी"}
"""Languages of the table: code to own name."""


@lru_cache
def table() -> dict[str, dict[str, list[str]]]:
    """Language to rule to sentences, as in ``catalog.toml``."""
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def clip_stem(language: str, rule: str, text: str) -> str:
    """Name of the clip that ships for a sentence, ``language/rule-digest``: a changed sentence has no clip any more."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{language}/{rule.replace('+', '_')}-{digest}"


def all_responses() -> list[Response]:
    """Every sentence of every language, in the table's order."""
    return [
        Response(text, clip_stem(language, rule, text), rule)
        for language, rules in table().items()
        for rule, texts in rules.items()
        for text in texts
    ]


def choose(
    rule: str, language: str = "en", previous: Response | None = None, rng: random.Random | None = None
) -> Response:
    """One sentence for a rule, never the one said just before.

    Raises KeyError for a language or rule that the table does not have.
    """
    texts = [text for text in table()[language][rule] if previous is None or text != previous.text]
    text = (rng or random.Random()).choice(texts)
    return Response(text, clip_stem(language, rule, text), rule)
