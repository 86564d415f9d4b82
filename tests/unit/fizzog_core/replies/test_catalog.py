"""Every rule has its sentences in every language; the right rule is found; no sentence is said twice running."""

import itertools
import random

import numpy as np
import pytest

from fizzog_core.replies import catalog
from fizzog_core.types import EMOTIONS, GESTURES, Box, Detection, FaceResult, FrameResult, HandResult, Scores

SIGNS = [gesture for gesture in GESTURES if gesture != "none"]
RULES = {*EMOTIONS, *SIGNS, *(f"{e}+{g}" for e in EMOTIONS for g in SIGNS), "unsure", "nobody"}


def scores(labels: tuple[str, ...], label: str, score: float = 0.9) -> Scores:
    rest = (1 - score) / (len(labels) - 1)
    return Scores(labels, np.array([score if name == label else rest for name in labels], np.float32), threshold=0.5)


def face(label: str | None, side: float = 10, score: float = 0.9) -> FaceResult:
    emotion = None if label is None else scores(EMOTIONS, label, score)
    return FaceResult(Detection("face", Box(0, 0, side, side), 1.0), emotion=emotion)


def hand(label: str, side: float = 10, score: float = 0.9) -> HandResult:
    return HandResult(Detection("hand", Box(0, 0, side, side), 1.0), gesture=scores(GESTURES, label, score))


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


@pytest.mark.parametrize(
    ("faces", "hands", "rule"),
    [
        ((), (), "nobody"),
        (None, None, "nobody"),
        ((face("happy"),), (), "happy"),
        ((face("happy"),), None, "happy"),
        ((), (hand("victory"),), "victory"),
        ((face("happy"),), (hand("victory"),), "happy+victory"),
        ((face("happy"),), (hand("none"),), "happy"),
        ((), (hand("none"),), "unsure"),
        ((face("happy", score=0.3),), (), "unsure"),
        ((face(None),), (), "unsure"),
        ((face("happy", score=0.3),), (hand("loser"),), "loser"),
        ((face("sad", side=5), face("fear", side=9)), (), "fear"),
        ((), (hand("none", side=50), hand("punch"), hand("super", side=20, score=0.4)), "punch"),
    ],
)
def test_rule_of_a_frame(faces: tuple | None, hands: tuple | None, rule: str) -> None:
    assert catalog.rule_of(FrameResult(100, 100, faces, hands)) == rule


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
