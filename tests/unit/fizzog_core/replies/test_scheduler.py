"""Tests of the time and the choice of a reply."""

import itertools
import random

import pytest

from fizzog_core.replies.scheduler import HOLD_S, Reply, ReplyScheduler


def replies(rules: list[tuple[str | None, float]], cooldown_s: float = 10.0, language: str = "en") -> list[Reply]:
    """Returns the replies to a sequence of rules with their durations in seconds, at 20 frames per second."""
    dialogue = ReplyScheduler(random.Random(0))
    found, now_s = [], 0.0
    for rule, seconds in rules:
        for _ in range(round(20 * seconds)):
            reply = dialogue.update(rule, now_s, language, cooldown_s)
            found += [reply] if reply else []
            now_s += 0.05
    return found


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], []),
        ([(None, 30)], []),
        ([("happy", HOLD_S - 0.1), ("sad", HOLD_S - 0.1)], []),
        ([("happy", 3)], ["happy"]),
        ([("happy", 5), ("sad", 4)], ["happy"]),
        ([("happy", 5), ("sad", 10)], ["happy", "sad"]),
        ([("happy+victory", 2)], ["happy+victory"]),
    ],
)
def test_which_rules_are_answered(rules: list[tuple[str | None, float]], expected: list[str]) -> None:
    assert [reply.response.rule for reply in replies(rules)] == expected


@pytest.mark.parametrize("cooldown_s", [3, 10, 60])
def test_the_cooldown(cooldown_s: float) -> None:
    times = [reply.at_s for reply in replies([("happy", 200)], cooldown_s)]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert len(gaps) >= 2
    assert gaps == pytest.approx([cooldown_s] * len(gaps), abs=0.1)


def test_never_the_same_sentence_twice_running_and_numbers_go_up() -> None:
    found = replies([("victory", 300)], cooldown_s=3)
    texts = [reply.response.text for reply in found]
    assert len(texts) > 50
    assert all(a != b for a, b in itertools.pairwise(texts))
    assert [reply.number for reply in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("language", ["en", "es", "fr", "de", "hi"])
def test_speaks_the_language(language: str) -> None:
    [reply] = replies([("happy", 2)], language=language)
    assert reply.response.clip.startswith(f"{language}/")
    assert reply.language == language
