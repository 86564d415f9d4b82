"""A game of one minute: the visitor shows each emotion and gesture once, and the game compares it with the prediction.

Inputs are smoothed labels and times; the game does not depend on the camera or the page.
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
"""Length of the first part of each turn, which does not count: the visitor reads the prompt and changes pose."""
NOTHING = "nothing seen"

Kind = Literal["emotion", "gesture"]
LABELS: dict[Kind, tuple[str, ...]] = {"emotion": EMOTIONS, "gesture": GESTURES}
PROMPTED: dict[Kind, tuple[str, ...]] = {"emotion": EMOTIONS, "gesture": tuple(g for g in GESTURES if g != "none")}
"""The labels of the prompts: seven emotions and four gestures."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A label that the visitor shows from ``start_s`` to ``end_s``, in seconds since the start of the game."""

    kind: Kind
    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """Result of one prompt.

    ``counts``: number of observations of each label, including NOT_SURE and NOTHING. ``probability``: mean smoothed
    probability of the prompt's label over the observations of a face or hand, 0 without one. ``first_right_s``: seconds
    from the start of the turn to the first observation of the prompt's label, or None. ``unadjusted``: ``counts``, but
    of the face without its resting face.
    """

    prompt: Prompt
    counts: dict[str, int]
    probability: float
    first_right_s: float | None
    unadjusted: dict[str, int] = field(default_factory=dict)

    @property
    def seen(self) -> str:
        """The most frequent label, or NOTHING without an observation. The prompt's label wins a tie."""
        return self._most_frequent(self.counts)

    @property
    def right(self) -> bool:
        return self.seen == self.prompt.label

    @property
    def right_unadjusted(self) -> bool:
        """Whether the prompt's label is the most frequent one without the resting face."""
        return self._most_frequent(self.unadjusted) == self.prompt.label

    def _most_frequent(self, counts: dict[str, int]) -> str:
        return max(counts, key=lambda label: (counts[label], label == self.prompt.label)) if counts else NOTHING

    @property
    def share_right(self) -> float:
        """Share of the observations with the prompt's label, 0..1."""
        return self.counts.get(self.prompt.label, 0) / max(1, sum(self.counts.values()))


@dataclass(slots=True)
class _Notes:
    counts: Counter[str] = field(default_factory=Counter)
    unadjusted: Counter[str] = field(default_factory=Counter)
    probabilities: list[float] = field(default_factory=list)
    first_right_s: float | None = None


class Game:
    """One visitor's game. Times are seconds of a monotonic clock. Not thread-safe."""

    def __init__(self, seed: int, started_s: float, length_s: float = GAME_S) -> None:
        self.seed = seed
        self._started_s = started_s
        self.prompts = _shuffled(seed, length_s)
        self._notes = [_Notes() for _ in self.prompts]

    def prompt(self, now_s: float) -> Prompt | None:
        """Returns the present prompt, or None before the start and after the end."""
        number = self._number(now_s)
        return None if number is None else self.prompts[number]

    def remaining_s(self, now_s: float) -> float:
        """Returns the remaining seconds of the present turn, 0 after the end."""
        prompt = self.prompt(now_s)
        return 0.0 if prompt is None else max(0.0, prompt.end_s - (now_s - self._started_s))

    def is_over(self, now_s: float) -> bool:
        return now_s - self._started_s >= self.prompts[-1].end_s

    def observe(
        self,
        now_s: float,
        emotion: SmoothedLabel | None,
        gesture: SmoothedLabel | None,
        unadjusted: SmoothedLabel | None = None,
    ) -> None:
        """Adds an observation of the visitor's face and hand; None stands for no face or no hand.

        ``emotion`` should be a label of the vocabulary of seven emotions, ``unadjusted`` the same without the resting
        face. Observations outside of a turn, and in the first ``READY_S`` of a turn, do not count.
        """
        number = self._number(now_s)
        if number is None:
            return
        prompt, notes = self.prompts[number], self._notes[number]
        since_s = now_s - self._started_s - prompt.start_s
        if since_s < READY_S:
            return
        smoothed = emotion if prompt.kind == "emotion" else gesture
        if prompt.kind == "emotion" and unadjusted is not None:
            notes.unadjusted[unadjusted.label or NOT_SURE] += 1
        if smoothed is None:
            notes.counts[NOTHING] += 1
            return
        label = smoothed.label or NOT_SURE
        notes.counts[label] += 1
        notes.probabilities.append(smoothed.scores.as_dict().get(prompt.label, 0.0))
        if label == prompt.label and notes.first_right_s is None:
            notes.first_right_s = since_s

    def turns(self) -> tuple[Turn, ...]:
        """Returns the result of each prompt, in the order of the game."""
        return tuple(
            Turn(
                prompt,
                dict(notes.counts),
                float(np.mean(notes.probabilities or [0.0])),
                notes.first_right_s,
                dict(notes.unadjusted),
            )
            for prompt, notes in zip(self.prompts, self._notes, strict=True)
        )

    def _number(self, now_s: float) -> int | None:
        since_s = now_s - self._started_s
        starts = [prompt.start_s for prompt in self.prompts]
        if since_s < 0 or self.is_over(now_s):
            return None
        return int(np.searchsorted(starts, since_s, side="right")) - 1


def _shuffled(seed: int, length_s: float) -> tuple[Prompt, ...]:
    """Returns all prompts in an order that depends on the seed, with turns of equal length."""
    labels: list[tuple[Kind, str]] = [(kind, label) for kind, of_kind in PROMPTED.items() for label in of_kind]
    order = np.random.default_rng(seed).permutation(len(labels))
    turn_s = length_s / len(labels)
    shuffled = [labels[k] for k in order]
    return tuple(
        Prompt(kind, label, number * turn_s, (number + 1) * turn_s) for number, (kind, label) in enumerate(shuffled)
    )


def confusion(turns: Sequence[Turn], kind: Kind) -> pd.DataFrame:
    """Returns the confusion matrix of a game, as shares 0..1 of the observations of each prompt.

    Rows are the labels of the prompts; columns are the observed labels, with the visitor's custom gestures last. A row
    without an observation contains zeros.
    """
    table = pd.DataFrame(0.0, index=list(PROMPTED[kind]), columns=[*LABELS[kind], NOT_SURE, NOTHING])
    for turn in turns:
        if turn.prompt.kind == kind:
            for label, count in turn.counts.items():
                table.loc[turn.prompt.label, label] = count / sum(turn.counts.values())
    return table.fillna(0.0).rename_axis(index="asked", columns="seen")


def faces_right(turns: Sequence[Turn]) -> tuple[int, int] | None:
    """Number of faces recognised correctly with the resting face and without it; None if it was not used."""
    faces = [turn for turn in turns if turn.prompt.kind == "emotion"]
    if not any(turn.unadjusted for turn in faces):
        return None
    return sum(turn.right for turn in faces), sum(turn.right_unadjusted for turn in faces)


def summary(turns: Sequence[Turn]) -> pd.DataFrame:
    """Returns a row for each prompt, in the order of the game."""
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
    """Returns the rows of ``summary`` with another label than the prompt's, the lowest ``share_right`` first."""
    table = summary(turns)
    return table[~table["right"].astype(bool)].sort_values("share_right", kind="stable").reset_index(drop=True)


def to_csv(turns: Sequence[Turn]) -> bytes:
    """Returns the summary as CSV."""
    text = io.StringIO()
    summary(turns).to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode()


def to_json(game: Game) -> bytes:
    """Returns the whole result as JSON: seed, turns and both confusion matrices as rows of shares."""
    turns = game.turns()
    result: dict[str, Any] = {
        "schema": 1,
        "seed": game.seed,
        "right": sum(turn.right for turn in turns),
        "of": len(turns),
        "faces_right_with_and_without_resting_face": faces_right(turns),
        "turns": [
            row | {"counts": turn.counts}
            for row, turn in zip(json.loads(summary(turns).to_json(orient="records")), turns, strict=True)
        ],
    }
    for kind in PROMPTED:
        table = confusion(turns, kind).round(4)
        result[f"{kind}_confusion"] = {
            "asked": list(table.index), "seen": list(table.columns), "shares": table.to_numpy().tolist(),
        }  # fmt: skip
    return json.dumps(result, indent=2).encode()
