"""Faces read against their resting faces: the mathematics, the running estimate, requests."""

from dataclasses import replace

import numpy as np
import pytest

from fizzog_core.labels import EMOTIONS
from fizzog_core.tracking.interpreter import Interpreter
from fizzog_core.tracking.resting_face import (
    HALF_S,
    RELAX_S,
    SHARE,
    RestingChoice,
    RestingFaces,
    logits,
    read_against,
)  # fmt: skip
from fizzog_core.types import FrameResult, Scores
from tests.support.results import face

ON = RestingChoice(on=True)


def scores(**named: float) -> Scores:
    rest = (1 - sum(named.values())) / (7 - len(named))
    return Scores(EMOTIONS, np.array([named.get(label, rest) for label in EMOTIONS], np.float32), 0.4)


SULLEN = scores(sad=0.5, neutral=0.3)  # a resting face that the network takes for sad
FROWN = scores(sad=0.45, angry=0.4)


def watch(faces: RestingFaces, shown: Scores, from_s: float, to_s: float, choice: RestingChoice = ON) -> Scores:
    """The last answer to ``shown`` ten times a second."""
    read = shown
    for now_s in np.arange(from_s, to_s, 0.1):
        read = faces.update(1, shown, float(now_s), choice)
    return read


def test_a_share_of_nothing_changes_nothing() -> None:
    np.testing.assert_allclose(read_against(FROWN.probabilities, logits(SULLEN.probabilities), 0), FROWN.probabilities)


@pytest.mark.parametrize("share", [0.2, SHARE, 0.6])
def test_the_resting_face_itself_keeps_its_probabilities(share: float) -> None:
    own = SULLEN.probabilities
    np.testing.assert_allclose(read_against(own, logits(own), share), own, atol=1e-6)


def test_the_label_is_that_of_the_logits_minus_a_share_of_the_resting_ones() -> None:
    rng = np.random.default_rng(0)
    for given, resting in rng.dirichlet(np.full(7, 0.5), (50, 2)):
        read = read_against(given, logits(resting), SHARE)
        assert read.argmax() == (logits(given) - SHARE * logits(resting)).argmax()
        assert read.sum() == pytest.approx(1)


def test_a_probability_of_zero_is_no_error() -> None:
    read = read_against(np.array([1.0, 0, 0]), logits(np.array([0, 1.0, 0])), SHARE)
    assert np.isfinite(read).all()
    assert read.argmax() == 0


def test_the_estimate_starts_at_nothing_and_grows() -> None:
    faces = RestingFaces()
    assert faces.update(1, SULLEN, 0.0, ON) is SULLEN
    early = watch(faces, SULLEN, 0.1, 1.0)
    np.testing.assert_allclose(early.probabilities, SULLEN.probabilities, atol=1e-6)
    early = faces.update(1, FROWN, 1.0, ON)
    watch(faces, SULLEN, 1.1, 6 * HALF_S)
    late = faces.update(1, FROWN, 6 * HALF_S, ON)
    assert FROWN.as_dict()["angry"] < early.as_dict()["angry"] < late.as_dict()["angry"]
    assert (FROWN.label, late.label) == ("sad", "angry")


def test_short_expressions_do_not_move_the_median() -> None:
    faces, calm = RestingFaces(), RestingFaces()
    for start_s in range(0, 30, 10):
        watch(faces, SULLEN, start_s, start_s + 7)
        watch(faces, scores(happy=0.95), start_s + 7, start_s + 10)
    watch(calm, SULLEN, 0, 30)
    smiled, rested = faces.update(1, FROWN, 30.0, ON), calm.update(1, FROWN, 30.0, ON)
    np.testing.assert_allclose(smiled.probabilities, rested.probabilities, atol=0.01)


def test_a_held_expression_keeps_its_label() -> None:
    assert watch(RestingFaces(), FROWN, 0, 60).label == FROWN.label


def test_on_request_the_relaxed_seconds_alone_count_and_at_once() -> None:
    faces = RestingFaces()
    watch(faces, scores(happy=0.9), 0, 20)
    asked = replace(ON, since_s=20.0, requested=True)
    relaxing = watch(faces, SULLEN, 20.0, 20 + RELAX_S - 0.5, asked)
    np.testing.assert_array_equal(relaxing.probabilities, SULLEN.probabilities)
    assert asked.relaxing_s(20 + RELAX_S - 0.5) == pytest.approx(0.5)
    watch(faces, SULLEN, 20 + RELAX_S - 0.5, 20 + RELAX_S, asked)
    expected = read_against(FROWN.probabilities, logits(SULLEN.probabilities), SHARE)
    np.testing.assert_allclose(watch(faces, FROWN, 23.2, 90, asked).probabilities, expected, atol=1e-6)


def test_a_track_that_was_not_there_at_the_request_gets_the_running_estimate() -> None:
    asked = replace(ON, since_s=0.0, requested=True)
    faces = RestingFaces()
    assert faces.update(2, SULLEN, 10.0, asked) is SULLEN
    watch(faces, SULLEN, 10.1, 40, asked)
    assert faces.update(1, FROWN, 40.0, asked).label == "angry"


def test_a_reset_forgets_and_off_is_off() -> None:
    faces = RestingFaces()
    watch(faces, SULLEN, 0, 30)
    assert faces.update(1, FROWN, 30.0, RestingChoice()) is FROWN
    assert faces.update(1, FROWN, 30.0, replace(ON, since_s=30.0)) is FROWN


def test_a_track_is_forgotten_after_it_ended() -> None:
    faces = RestingFaces()
    watch(faces, SULLEN, 0, 30)
    faces.keep([], 32.0)
    assert faces.update(1, FROWN, 32.0, ON) is not FROWN
    faces.keep([], 36.0)
    assert faces.update(1, FROWN, 36.0, ON) is FROWN


def test_a_stream_has_both_readings_and_only_where_it_was_chosen() -> None:
    interpreter = Interpreter()
    sullen = replace(face(), emotion=SULLEN)
    for n in range(300):
        tracked = interpreter.update(FrameResult(640, 480, faces=(sullen,)), n / 10, resting=ON)
    for n in range(300, 320):
        frowning = FrameResult(640, 480, faces=(replace(face(), emotion=FROWN),))
        tracked = interpreter.update(frowning, n / 10, resting=ON)
    adjusted, plain = tracked.largest("face"), tracked.largest("face", adjusted=False)
    assert adjusted is not None
    assert plain is not None
    assert (adjusted.scores.label, plain.scores.label) == ("angry", "sad")
    off = interpreter.update(frowning, 32.0)
    assert not off.unadjusted
    assert off.largest("face", adjusted=False) is None
