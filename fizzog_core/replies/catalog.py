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

from fizzog_core.types import FaceResult, FrameResult, HandResult, Response

TABLE = Path(__file__).with_name("catalog.toml")

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "de": "Deutsch", "hi": "हिन्दी"}
"""Languages of the table: code to own name."""

UNSURE = "unsure"
NOBODY = "nobody"


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


def rule_for(emotion: str | None, gesture: str | None) -> str:
    """The rule for an emotion and a gesture; None or gesture "none" means that there is none of it to answer."""
    return "+".join(label for label in (emotion, gesture) if label not in (None, "none")) or UNSURE


def _area(item: FaceResult | HandResult) -> float:
    return item.detection.box.width * item.detection.box.height


def rule_of(result: FrameResult) -> str:
    """The rule for a frame: its largest face with a sure emotion and its largest hand with a sure gesture count."""
    if not result.faces and not result.hands:
        return NOBODY
    faces = [face for face in result.faces or () if face.emotion and face.emotion.is_sure]
    hands = [hand for hand in result.hands or () if hand.gesture and hand.gesture.is_sure]
    signs = [hand for hand in hands if hand.gesture and hand.gesture.label != "none"]
    emotion = max(faces, key=_area).emotion if faces else None
    gesture = max(signs, key=_area).gesture if signs else None
    return rule_for(emotion and emotion.label, gesture and gesture.label)


def choose(
    rule: str, language: str = "en", previous: Response | None = None, rng: random.Random | None = None
) -> Response:
    """One sentence for a rule, never the one said just before.

    Raises KeyError for a language or rule that the table does not have.
    """
    texts = [text for text in table()[language][rule] if previous is None or text != previous.text]
    text = (rng or random.Random()).choice(texts)
    return Response(text, clip_stem(language, rule, text), rule)
