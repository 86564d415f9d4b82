"""Tests that every rule has sentences in every language and that no sentence repeats at once."""

import itertools
import random

import pytest

from fizzog_core.labels import EMOTIONS, GESTURES
from fizzog_core.replies import catalog

SIGNS = [gesture for gesture in GESTURES if gesture != "none"]
RULES = {*EMOTIONS, *SIGNS, *(f"{e}+{g}" for e in EMOTIONS for g in SIGNS), "unsure", "nobody"}


@pytest.mark.parametrize("language", catalog.LANGUAGES)
def test_table_has_every_rule(language: str) -> None:
    rules = catalog.table()[language]
    assert set(rules) == RULES
    for rule, texts in rules.items():
        least = 3 if rule in {*EMOTIONS, *SIGNS} else 2
        assert len(set(texts)) == len(texts) >= least
        assert all(text == text.strip() and 5 < len(text) < 120 for text in texts)


def test_table_has_the_named_languages() -> None:
    assert list(catalog.table()) == list(catalog.LANGUAGES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_never_the_same_twice_running(rule: str) -> None:
    rng = random.Random(1)
    said = [catalog.choose(rule, "en", None, rng)]
    for _ in range(30):
        said.append(catalog.choose(rule, "en", said[-1], rng))
    assert all(a.text != b.text for a, b in itertools.pairwise(said))
    assert {response.text for response in said} == set(catalog.table()["en"][rule])
    assert {response.rule for response in said} == {rule}


def test_clip_changes_with_the_sentence() -> None:
    assert catalog.clip_stem("en", "happy+punch", "a") != catalog.clip_stem("en", "happy+punch", "b")
    assert catalog.clip_stem("en", "happy+punch", "a").startswith("en/happy_punch-")


def test_unknown_language() -> None:
    with pytest.raises(KeyError, match="tlh"):
        catalog.choose("happy", "tlh")
