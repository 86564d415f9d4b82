"""Tests of the game with seeded prompts and synthetic observations."""

from __future__ import annotations

import io
import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from fizzog_core.labels import NOT_SURE
from fizzog_core.live import game
from fizzog_core.live.game import GAME_S, LABELS, NOTHING, PROMPTED, READY_S, Game
from fizzog_core.types import Scores, SmoothedLabel

START_S = 1000.0


def smoothed(kind: game.Kind, label: str | None, score: float = 0.8) -> SmoothedLabel:
    labels = LABELS[kind]
    p = np.full(len(labels), (1 - score) / (len(labels) - 1), dtype=np.float32)
    p[labels.index(label or labels[-1])] = score
    return SmoothedLabel(Scores(labels, p), label, 0.0)


def play(read: dict[str, str | None] | None = None, absent: tuple[str, ...] = (), seed: int = 3) -> Game:
    """A whole game with ten observations a second. ``read`` maps labels to predictions; others are correct."""
    played = Game(seed, START_S)
    for now_s in np.arange(START_S - 1, START_S + GAME_S + 1, 0.1):
        prompt = played.prompt(now_s)
        shown = prompt.label if prompt else "happy"
        shown = (read or {}).get(shown, shown)
        emotion = smoothed("emotion", shown if shown in (*LABELS["emotion"], None) else "neutral")
        gesture = smoothed("gesture", shown if shown in (*LABELS["gesture"], None) else "none")
        gone = prompt is not None and prompt.label in absent
        played.observe(now_s, None if gone else emotion, None if gone else gesture)
    return played


def test_a_game_without_an_observation():
    turns = Game(0, START_S).turns()
    assert {turn.seen for turn in turns} == {NOTHING}
    assert not game.summary(turns)["right"].any()
    assert game.confusion(turns, "emotion").to_numpy().sum() == 0
    assert game.summary(()).empty
    assert game.mistakes(()).empty


def test_each_emotion_and_gesture_is_a_prompt_once_in_the_order_of_the_seed():
    prompts = Game(1, START_S).prompts
    assert sorted(p.label for p in prompts) == sorted([*PROMPTED["emotion"], *PROMPTED["gesture"]])
    assert len(prompts) == 11
    assert prompts == Game(1, START_S + 77).prompts
    assert [p.label for p in prompts] != [p.label for p in Game(2, START_S).prompts]
    assert prompts[0].start_s == 0
    assert prompts[-1].end_s == pytest.approx(60)
    assert all(a.end_s == b.start_s for a, b in pairwise(prompts))


@pytest.mark.parametrize(("since_s", "number"), [(-0.01, None), (0, 0), (5.4, 0), (5.5, 1), (59.9, 10), (60.01, None)])
def test_the_prompt_follows_the_clock(since_s: float, number: int | None):
    started = Game(4, START_S)
    now_s = START_S + since_s
    assert started.prompt(now_s) == (None if number is None else started.prompts[number])
    assert started.is_over(now_s) == (since_s > 60)
    expected = 0 if number is None else started.prompts[number].end_s - since_s
    assert started.remaining_s(now_s) == pytest.approx(expected)


def test_a_game_with_correct_predictions():
    turns = play().turns()
    assert all(turn.right and turn.share_right == 1 for turn in turns)
    assert all(turn.probability == pytest.approx(0.8) for turn in turns)
    assert all(READY_S <= (turn.first_right_s or 0) < READY_S + 0.11 for turn in turns)
    table = game.confusion(turns, "gesture")
    assert [table.loc[label, label] for label in PROMPTED["gesture"]] == [1, 1, 1, 1]
    assert game.mistakes(turns).empty


def test_mistakes_and_confusion_contain_wrong_predictions():
    turns = play({"fear": "surprise", "sad": None, "super": "none"}, absent=("victory",)).turns()
    wrong = game.mistakes(turns)
    assert dict(zip(wrong["asked"], wrong["seen"], strict=True)) == {
        "fear": "surprise", "sad": NOT_SURE, "super": "none", "victory": NOTHING,
    }  # fmt: skip
    emotions = game.confusion(turns, "emotion")
    assert emotions.loc["fear", "surprise"] == 1
    assert emotions.loc["sad", NOT_SURE] == 1
    assert emotions.loc["happy", "happy"] == 1
    gestures = game.confusion(turns, "gesture")
    assert gestures.loc["victory", NOTHING] == 1
    assert gestures.loc["super", "none"] == 1
    assert (gestures.sum(axis=1) == 1).all()
    assert wrong["first_right_s"].isna().all()


def test_a_custom_gesture_has_its_own_column():
    played = Game(3, START_S)
    labels = (*LABELS["gesture"], "trident")
    custom = SmoothedLabel(Scores(labels, np.eye(len(labels), dtype=np.float32)[-1]), "trident", 0.0)
    prompt = next(p for p in played.prompts if p.kind == "gesture")
    played.observe(START_S + prompt.start_s + READY_S, None, custom)
    table = game.confusion(played.turns(), "gesture")
    assert table.loc[prompt.label, "trident"] == table.to_numpy().sum() == 1
    assert "NaN" not in game.to_json(played).decode()


def test_the_most_frequent_label_is_the_result():
    played = Game(3, START_S)
    prompt = played.prompts[0]
    wrong = next(label for label in LABELS[prompt.kind] if label != prompt.label)
    for step in range(8):
        observed = smoothed(prompt.kind, prompt.label if step >= 3 else wrong)
        played.observe(START_S + READY_S + step / 4, observed, observed)
    turn = played.turns()[0]
    assert turn.right
    assert turn.share_right == 5 / 8
    assert turn.first_right_s == pytest.approx(READY_S + 0.75)


def test_faces_are_counted_with_and_without_the_resting_face():
    played = Game(3, START_S)
    assert game.faces_right(played.turns()) is None
    for prompt in played.prompts:
        right, wrong = smoothed("emotion", "sad"), smoothed("emotion", "fear")
        if prompt.kind == "emotion":
            right, wrong = smoothed("emotion", prompt.label), smoothed("emotion", "neutral")
        played.observe(START_S + prompt.start_s + READY_S + 0.1, right, smoothed("gesture", "none"), wrong)
    assert game.faces_right(played.turns()) == (7, 1)
    assert json.loads(game.to_json(played))["faces_right_with_and_without_resting_face"] == [7, 1]
    assert not any(turn.unadjusted for turn in played.turns() if turn.prompt.kind == "gesture")


def test_the_start_of_a_turn_does_not_count():
    played = Game(3, START_S)
    observed = smoothed(played.prompts[0].kind, played.prompts[0].label)
    played.observe(START_S + READY_S - 0.01, observed, observed)
    assert not any(turn.counts for turn in played.turns())


def test_downloads_contain_the_results():
    played = play({"fear": "surprise"}, absent=("loser",))
    table = pd.read_csv(io.BytesIO(game.to_csv(played.turns())))
    assert table["right"].sum() == 9
    assert list(table["asked"]) == [prompt.label for prompt in played.prompts]
    stored = json.loads(game.to_json(played))
    assert (stored["schema"], stored["seed"], stored["right"], stored["of"]) == (1, 3, 9, 11)
    matrix = stored["emotion_confusion"]
    fear = matrix["shares"][matrix["asked"].index("fear")]
    assert fear[matrix["seen"].index("surprise")] == 1
    loser = next(turn for turn in stored["turns"] if turn["asked"] == "loser")
    assert set(loser["counts"]) == {NOTHING}
    assert loser["first_right_s"] is None
