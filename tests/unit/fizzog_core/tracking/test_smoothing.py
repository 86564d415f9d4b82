"""Smoothed labels do not flicker, are "not sure" below the threshold, and forget tracks that have ended."""

import itertools

import numpy as np
import pytest

from fizzog_core.labels import EMOTION_VOCABULARIES, EMOTIONS
from fizzog_core.tracking.smoothing import Smoother
from fizzog_core.types import Scores, SmoothedLabel

FRAME_S = 1 / 30


def scores(threshold: float = 0.4, **shares: float) -> Scores:
    """Emotions with these probabilities; the rest is spread evenly."""
    rest = (1 - sum(shares.values())) / (len(EMOTIONS) - len(shares))
    return Scores(EMOTIONS, np.array([shares.get(e, rest) for e in EMOTIONS], np.float32), threshold)


def run(smoother: Smoother, raws: list[Scores], start_s: float = 0.0) -> list[SmoothedLabel]:
    return [smoother.update("face", raw, start_s + n * FRAME_S) for n, raw in enumerate(raws)]


def changes(answers: list[SmoothedLabel]) -> int:
    labels = [answer.label for answer in answers]
    return sum(a != b for a, b in itertools.pairwise(labels))


def test_noise_between_two_labels_does_not_flicker() -> None:
    rng = np.random.default_rng(0)
    raws = [scores(happy=0.45 + d, neutral=0.45 - d) for d in rng.uniform(-0.1, 0.1, 300)]
    assert changes([SmoothedLabel(raw, raw.label, 0) for raw in raws]) > 50
    assert changes(run(Smoother(), raws)) <= 1


def test_a_real_change_is_followed_within_half_a_second() -> None:
    smoother = Smoother()
    run(smoother, [scores(happy=0.9)] * 60)
    answers = run(smoother, [scores(sad=0.9)] * 30, start_s=2.0)
    first = next(n for n, answer in enumerate(answers) if answer.label == "sad")
    assert 3 <= first <= 15
    assert answers[-1].since_s == pytest.approx(2.0 + first * FRAME_S)


@pytest.mark.parametrize(("share", "label"), [(0.2, None), (0.39, None), (0.41, "happy"), (0.9, "happy")])
def test_below_the_threshold_it_is_not_sure(share: float, label: str | None) -> None:
    assert run(Smoother(), [scores(happy=share)] * 10)[-1].label == label


def test_a_held_label_survives_a_little_below_the_threshold_only() -> None:
    smoother = Smoother()
    run(smoother, [scores(happy=0.6)] * 30)
    assert run(smoother, [scores(happy=0.32)] * 60, start_s=1.0)[-1].label == "happy"
    assert run(smoother, [scores(happy=0.27)] * 60, start_s=3.0)[-1].label is None


@pytest.mark.parametrize(("own", "other", "label"), [(0.46, 0.54, "happy"), (0.44, 0.56, "sad")])
def test_another_label_replaces_the_held_one_only_if_it_leads_by_a_tenth(own: float, other: float, label: str) -> None:
    smoother = Smoother()
    run(smoother, [scores(happy=0.9)] * 30)
    assert run(smoother, [scores(happy=own, sad=other)] * 90, start_s=1.0)[-1].label == label


def test_another_vocabulary_counts_at_once_and_sums_to_one() -> None:
    smoother = Smoother()
    run(smoother, [scores(fear=0.55, angry=0.35)] * 30)
    answer = smoother.update("face", scores(fear=0.55, angry=0.35), 1.0, EMOTION_VOCABULARIES[5])
    assert answer.label == "angry"
    assert answer.scores.labels == EMOTION_VOCABULARIES[5]
    assert answer.scores.probabilities.sum() == pytest.approx(1)
    assert smoother.update("face", scores(fear=0.55, angry=0.35), 1.03).label == "fear"


def test_what_is_gone_is_forgotten() -> None:
    smoother = Smoother()
    run(smoother, [scores(happy=0.9)] * 5)
    smoother.keep((), now_s=10.0)
    assert smoother.update("face", scores(sad=0.9), 10.1).label == "sad"


def test_the_input_is_not_changed() -> None:
    raw = scores(happy=0.9)
    before = raw.probabilities.copy()
    run(Smoother(), [raw] * 3 + [scores(sad=0.9)])
    np.testing.assert_array_equal(raw.probabilities, before)


def test_other_labels_of_the_same_number_start_a_new_average() -> None:
    smoother = Smoother()
    for n in range(30):
        smoother.update("hand", Scores(("none", "rocket"), np.array([0, 1], np.float32), 0.4), n / 30)
    held = smoother.update("hand", Scores(("none", "trident"), np.array([1, 0], np.float32), 0.4), 1.0)
    assert (held.label, held.score) == ("none", 1.0)
