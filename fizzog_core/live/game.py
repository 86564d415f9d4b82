"""A game of one minute: the visitor acts each emotion and gesture in turn, and sees how the networks read them.

Inputs are smoothed labels and the time; the game does not depend on the camera or the page.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from fizzog_core.labels import EMOTIONS, GESTURES, NOT_SURE
from fizzog_core.types import SmoothedLabel

GAME_S = 60.0
READY_S = 1.5
"""Length of the uncounted first part of each turn, in which the visitor reads and changes pose."""
NOTHING = "nothing seen"

Kind = Literal["emotion", "gesture"]
LABELS: dict[Kind, tuple[str, ...]] = {"emotion": EMOTIONS, "gesture": GESTURES}
ASKED: dict[Kind, tuple[str, ...]] = {"emotion": EMOTIONS, "gesture": tuple(g for g in GESTURES if g != "none")}
"""The seven emotions and four gestures that are asked for."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A label to show from ``start_s`` to ``end_s``, in seconds since the start of the game."""

    kind: Kind
    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """How one prompt went.

    ``counts``: observations of each label, NOT_SURE and NOTHING among them. ``probability``: mean smoothed probability
    of the asked label where something was seen, 0 if nothing was. ``first_right_s``: seconds from the start of the
    slot until the asked label was seen, None if it never was.
    """

    prompt: Prompt
    counts: dict[str, int]
    probability: float
    first_right_s: float | None

    @property
    def seen(self) -> str:
        """What was seen longest, NOTHING without an observation; between equals the asked label comes first."""
        if not self.counts:
            return NOTHING
        return max(self.counts, key=lambda label: (self.counts[label], label == self.prompt.label))

    @property
    def right(self) -> bool:
        return self.seen == self.prompt.label

    @property
    def share_right(self) -> float:
        """Share of the observations with the asked label, 0..1."""
        return self.counts.get(self.prompt.label, 0) / max(1, sum(self.counts.values()))


@dataclass(slots=True)
class _Notes:
    counts: Counter[str] = field(default_factory=Counter)
    probabilities: list[float] = field(default_factory=list)
    first_right_s: float | None = None


class Game:
    """One visitor's game. Times are seconds of any clock that does not go back. Not safe for several threads."""

    def __init__(self, seed: int, started_s: float, length_s: float = GAME_S) -> None:
        self.seed = seed
        self._started_s = started_s
        self.prompts = _shuffled(seed, length_s)
        self._notes = [_Notes() for _ in self.prompts]

    def prompt(self, now_s: float) -> Prompt | None:
        """What is asked for now; None before the start and after the end."""
        number = self._number(now_s)
        return None if number is None else self.prompts[number]

    def remaining_s(self, now_s: float) -> float:
        """Seconds left of the present slot, 0 after the end."""
        prompt = self.prompt(now_s)
        return 0.0 if prompt is None else max(0.0, prompt.end_s - (now_s - self._started_s))

    def is_over(self, now_s: float) -> bool:
        return now_s - self._started_s >= self.prompts[-1].end_s

    def observe(self, now_s: float, emotion: SmoothedLabel | None, gesture: SmoothedLabel | None) -> None:
        """Take in what is seen now: the visitor's face and hand, None where there is none.

        The emotion should choose among all seven. Outside of a slot's counting part nothing is noted.
        """
        number = self._number(now_s)
        if number is None:
            return
        prompt, notes = self.prompts[number], self._notes[number]
        since_s = now_s - self._started_s - prompt.start_s
        if since_s < READY_S:
            return
        smoothed = emotion if prompt.kind == "emotion" else gesture
        if smoothed is None:
            notes.counts[NOTHING] += 1
            return
        label = smoothed.label or NOT_SURE
        notes.counts[label] += 1
        notes.probabilities.append(smoothed.scores.as_dict().get(prompt.label, 0.0))
        if label == prompt.label and notes.first_right_s is None:
            notes.first_right_s = since_s

    def turns(self) -> tuple[Turn, ...]:
        """How each prompt went, in the order of the game."""
        return tuple(
            Turn(prompt, dict(notes.counts), float(np.mean(notes.probabilities or [0.0])), notes.first_right_s)
            for prompt, notes in zip(self.prompts, self._notes, strict=True)
        )

    def _number(self, now_s: float) -> int | None:
        since_s = now_s - self._started_s
        starts = [prompt.start_s for prompt in self.prompts]
        if since_s < 0 or self.is_over(now_s):
            return None
        return int(np.searchsorted(starts, since_s, side="right")) - 1


def _shuffled(seed: int, length_s: float) -> tuple[Prompt, ...]:
    """All prompts in the order that belongs to the seed, in equal slots."""
    asked: list[tuple[Kind, str]] = [(kind, label) for kind, labels in ASKED.items() for label in labels]
    order = np.random.default_rng(seed).permutation(len(asked))
    slot_s = length_s / len(asked)
    return tuple(
        Prompt(asked[k][0], asked[k][1], number * slot_s, (number + 1) * slot_s) for number, k in enumerate(order)
    )


def confusion(turns: Sequence[Turn], kind: Kind) -> pd.DataFrame:
    """The visitor's own confusion matrix: a row for each label asked for, a column for each seen (gestures
    that the visitor has taught come last), shares 0..1 of the observations. A row without one is all zeros."""
    table = pd.DataFrame(0.0, index=list(ASKED[kind]), columns=[*LABELS[kind], NOT_SURE, NOTHING])
    for turn in turns:
        if turn.prompt.kind == kind:
            for label, count in turn.counts.items():
                table.loc[turn.prompt.label, label] = count / sum(turn.counts.values())
    return table.fillna(0.0).rename_axis(index="asked", columns="seen")


def summary(turns: Sequence[Turn]) -> pd.DataFrame:
    """A row for each prompt, in the order of the game."""
    rows = [
        {
            "kind": turn.prompt.kind,
            "asked": turn.prompt.label,
            "seen": turn.seen,
            "right": turn.right,
            "share_right": round(turn.share_right, 4),
            "probability": round(turn.probability, 4),
            "first_right_s": None if turn.first_right_s is None else round(turn.first_right_s, 2),
            "observations": sum(turn.counts.values()),
        }
        for turn in turns
    ]
    columns = ["kind", "asked", "seen", "right", "share_right", "probability", "first_right_s", "observations"]
    return pd.DataFrame(rows, columns=columns).astype({"first_right_s": float})


def mistakes(turns: Sequence[Turn]) -> pd.DataFrame:
    """Where the networks saw something else: the wrong rows of ``summary``, the clearest mistakes first."""
    table = summary(turns)
    return table[~table["right"].astype(bool)].sort_values("share_right", kind="stable").reset_index(drop=True)


def to_csv(turns: Sequence[Turn]) -> bytes:
    """The summary as CSV."""
    text = io.StringIO()
    summary(turns).to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode()


def to_json(game: Game) -> bytes:
    """The whole result: seed, turns and both confusion matrices as rows of shares."""
    turns = game.turns()
    result: dict[str, Any] = {
        "schema": 1,
        "seed": game.seed,
        "right": sum(turn.right for turn in turns),
        "of": len(turns),
        "turns": [
            row | {"counts": turn.counts}
            for row, turn in zip(json.loads(summary(turns).to_json(orient="records")), turns, strict=True)
        ],
    }
    for kind in ASKED:
        table = confusion(turns, kind).round(4)
        result[f"{kind}_confusion"] = {
            "asked": list(table.index), "seen": list(table.columns), "shares": table.to_numpy().tolist(),
        }  # fmt: skip
    return json.dumps(result, indent=2).encode()
