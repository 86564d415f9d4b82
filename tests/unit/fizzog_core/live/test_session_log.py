"""Timeline, counts and log."""

import numpy as np
import pytest

from fizzog_core.labels import EMOTIONS
from fizzog_core.live import session_log as journal_module
from fizzog_core.live.session_log import Journal
from fizzog_core.output import tables
from fizzog_core.types import FaceResult, FrameResult, Scores, SmoothedLabel, TrackedResult
from tests.support.fakes import make_face

SCORES = Scores(EMOTIONS, np.eye(7, dtype=np.float32)[EMOTIONS.index("fear")])


def seen(label: str | None) -> TrackedResult:
    """A face that shows fear in this frame alone and ``label`` when smoothed."""
    found = FaceResult(make_face(), None, SCORES, track_id=1)
    return TrackedResult(FrameResult(640, 480, faces=(found,)), {("face", 1): SmoothedLabel(SCORES, label, 0.0)})


def note(journal: Journal, label: str | None, from_s: float, to_s: float) -> None:
    """The same label at 20 frames a second."""
    for n in range(round(20 * (to_s - from_s))):
        journal.note(seen(label), from_s + n / 20)


def test_nothing_seen() -> None:
    journal = Journal()
    journal.note(TrackedResult(FrameResult(640, 480)), 0.0)
    assert (journal.rows().num_rows, journal.rows().schema) == (0, tables.ROW_SCHEMA)
    assert journal.counts() == {}
    assert journal.timeline(10.0) == ()


def test_two_rows_a_second_and_the_last_minute() -> None:
    journal = Journal()
    note(journal, "happy", 0, 100)
    assert journal.rows().num_rows == pytest.approx(200, abs=2)
    recent = journal.timeline(100.0)
    assert len(recent) == pytest.approx(120, abs=2)
    assert recent[0].at_s >= 40
    assert [e.at_s for e in recent] == sorted(e.at_s for e in recent)


def test_the_log_has_the_rows_of_every_other_way_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BLOCK_ROWS", 2)
    journal = Journal()
    for n, label in enumerate(["happy", None, "sad"]):
        journal.note(seen(label), n / 2)
    table = journal.rows()
    assert table.schema.equals(tables.ROW_SCHEMA, check_metadata=True)
    expected = [
        row
        for n, label in enumerate(["happy", None, "sad"])
        for row in tables.to_rows("live", seen(None).result, n, n / 2, seen(label).smoothed)
    ]
    assert table.to_pylist() == tables.to_table(expected).to_pylist()
    assert table["label"].to_pylist() == ["fear"] * 3


def test_a_smoothed_label_counts_once_at_each_change() -> None:
    journal = Journal()
    for label, from_s, to_s in [("happy", 0, 3), ("sad", 3, 3.3), ("happy", 3.3, 5), (None, 5, 6), ("sad", 6, 7)]:
        note(journal, label, from_s, to_s)
    assert journal.counts() == {"happy": 2, "sad": 1}


def test_the_log_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "BLOCK_ROWS", 5)
    monkeypatch.setattr(journal_module, "MAX_ROWS", 10)
    journal = Journal()
    note(journal, "happy", 0, 60)
    rows = journal.rows()
    assert 10 <= rows.num_rows < 15
    assert rows["time_s"].to_pylist()[-1] > 59
